"""Every stored number of another package against ours, and the page that says so."""

from __future__ import annotations

import re

import pytest
from comparison import Comparison, collected, stored
from page import PAGE, bound, page

COMPARISONS = list(collected())


def marked(one: Comparison) -> object:
    """Return a comparison with its name; one that cannot be equal yet must fail."""
    marks = [pytest.mark.xfail(strict=True, reason=one.pending)] if one.pending else []
    return pytest.param(one, id=f"{one.topic}: {one.name} ({one.peer})", marks=marks)


@pytest.mark.parametrize("one", [marked(one) for one in COMPARISONS])
def test_ours_is_theirs(one: Comparison) -> None:
    assert one.theirs
    far = {key: difference for key, difference in one.differences().items() if not difference < one.tolerance}
    assert not far


def test_every_stored_number_is_compared() -> None:
    files = (
        "panel.json",
        "matching.json",
        "staggered_peers.json",
        "weighted_peers.json",
        "dml_peers.json",
        "synthetic_peers.json",
        "loop.json",
        "more_peers.json",
        "dose_peers.json",
        "dependence.json",
        "quantiles.json",
        "quantiles_peers.json",
        "exported.json",
    )
    for file in files:
        peers = stored(file)
        columns = {
            (name, column) for name, found in peers.results.items() for column in found if column != "peer"
        }
        assert columns == peers.used


def test_a_difference_is_seen() -> None:
    near = Comparison("topic", "name", "peer", lambda: {"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 2.0 + 2e-7})
    assert near.differences() == {"a": 0, "b": pytest.approx(1e-7, rel=1e-6)}
    assert Comparison("", "", "", lambda: {"a": 3.0}, {"a": 1.5}, factor=2.0).differences() == {"a": 0}
    with pytest.raises(KeyError):
        Comparison("", "", "", dict, {"a": 1.0}).differences()
    bounds = [bound(difference) for difference in (0.0, 3e-12, 1.2e-9, 7e-8, 2e-3)]
    assert bounds == ["under 1e-9", "under 1e-9", "under 1e-8", "under 1e-7", "under 1e-2"]


def test_the_page_is_that_of_the_comparisons() -> None:
    # how far below its tolerance a difference lies changes with the versions of the libraries
    both = (PAGE.read_text(encoding="utf-8"), page(COMPARISONS))
    stands, made = (re.sub(r"under 1e-\d+", "under", one) for one in both)
    assert stands == made, "run: python tests/reference/page.py"
