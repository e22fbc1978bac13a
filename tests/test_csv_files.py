"""Result files: the bytes of ``DataFrame.to_csv``, written faster."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ccd.report.files import write_csv

FRAMES = {
    "numbers": pd.DataFrame({"a": [1.0, np.nan, 0.1 + 0.2, 1e-7, np.inf, -0.0], "b": range(6)}),
    "words": pd.DataFrame(
        {"name": ["Ku, La", 'say "x"', "北京", None, "a\nb", ""], "yes": [True, False] * 3}
    ),
    "mixed": pd.DataFrame({"v": [1, 2.5, None, "x"]}, dtype=object),
    "classes": pd.DataFrame(
        {"v": pd.Categorical(["a", None, "b"]), "n": pd.array([1, None, 3], dtype="Int64")}
    ),
    "no rows": pd.DataFrame({"a": [], "b": []}),
}


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_same_bytes_as_pandas(tmp_path, name, encoding):
    write_csv(FRAMES[name], tmp_path / "ours.csv", encoding)
    FRAMES[name].to_csv(tmp_path / "pandas.csv", index=False, encoding=encoding, lineterminator="\n")
    assert (tmp_path / "ours.csv").read_bytes() == (tmp_path / "pandas.csv").read_bytes()
