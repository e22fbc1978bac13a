"""Size and coverage with few treated regions (the table of docs/inference.md, on fewer replications)."""

import pytest

from benchmarks.size import VARIANCES, table

REPLICATIONS = 200  # simulation error of 5 %: 1.5 points


@pytest.mark.slow
def test_the_headline_p_keeps_its_size_whatever_the_variance_of_treated_regions():
    found = table(REPLICATIONS)
    for variance in VARIANCES:
        for name in ("TWFE, studentised permutation", "TWFE, wild bootstrap (Webb)"):
            assert 1.0 <= found.loc[name, (variance, "rejects")] <= 10.0
        covers = found.loc["TWFE, studentised permutation", (variance, "covers")]
        assert covers == pytest.approx(
            100 - found.loc["TWFE, studentised permutation", (variance, "rejects")]
        )
        assert found.loc["Sun and Abraham, analytic", (variance, "rejects")] <= 18.0
    coefficient = found.loc["TWFE, permuted coefficient"]
    assert coefficient[("halved", "rejects")] <= 4.0  # it does not know that the treated vary less,
    assert coefficient[("doubled", "rejects")] >= 8.0  # or more
