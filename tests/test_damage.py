"""Ten thousand damaged studies and files: a result or an error of ours, no traceback, no warning, no half a result."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import traceback
import warnings
from collections import Counter
from pathlib import Path

import pytest

from ccd.cli import main
from ccd.words import visible
from tests.cli.house import tree
from tests.damage import damaged

HEADS = ("error", "at", "fix")
#: Of so many damaged studies one is run and one drafted anew; all are checked, which reads, indexes and couples.
RUN_OF, INIT_OF = 25, 10


def commands(number: int) -> list[tuple[str, ...]]:
    """Return what is done with a damaged study."""
    found = [("check", "study.toml"), ("check", "other.toml", "--json")][number % 7 == 0 :][:1]
    if number % RUN_OF == 0:
        found.append(("run", "study.toml", "-o", "out", "-q"))
    if number % INIT_OF == 0:
        found.append(("init", next(Path().glob("d.*")).name, "-o", "new.toml"))
    return found


def complaint(argv: tuple[str, ...], folder: Path) -> tuple[int, str]:
    """Run a command and return its exit code and what is wrong with its answer, or nothing."""
    before = tree(folder)
    out, err = io.StringIO(), io.StringIO()
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stderr(err):
        warnings.simplefilter("always")
        with contextlib.redirect_stdout(out):
            try:
                code = main(argv)
            except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
                return 1, traceback.format_exc()
    said, after = [line for line in err.getvalue().splitlines() if not line.startswith("[")], tree(folder)
    if warned:
        return code, f"warns: {warned[0].filename}:{warned[0].lineno}: {warned[0].message}"
    if code not in (0, 2, 3, 4, 5):
        return code, f"code {code}"
    if code and (not said or [line.split(":")[0] for line in said] != list(HEADS) * (len(said) // 3)):
        return code, "no whole error:\n" + "\n".join(said)
    if any(visible(line) != line for line in (*said, *out.getvalue().splitlines())):
        return code, "what cannot be seen is printed"
    new = {name for name in after if after[name] != before.get(name)}
    if set(before) - set(after):
        return code, "files are gone"
    if argv[0] == "check" or code in (2, 3, 4):
        return code, f"leaves {sorted(new)}" if new else ""
    if argv[0] == "run" and ("out/manifest.json" not in new or any(name.startswith(".") for name in new)):
        return code, f"leaves half a result: {sorted(new)}"
    return code, ""


def answers(numbers: range, folder: Path) -> tuple[Counter[tuple[str, int]], list[str]]:
    """Return how often each command gave each code, and what was wrong with which answers."""
    codes: Counter[tuple[str, int]] = Counter()
    wrong = []
    here = Path.cwd()
    for number in numbers:
        folder.mkdir()
        what = damaged(number, folder)
        os.chdir(folder)
        try:
            for argv in commands(number):
                code, said = complaint(argv, folder)
                codes[argv[0], code] += 1
                if said:
                    wrong.append(f"{what}, {' '.join(argv)}: {said}")
        finally:
            os.chdir(here)
        shutil.rmtree(folder)
    return codes, wrong


def test_a_sample_of_damage_is_answered_cleanly(tmp_path):
    codes, wrong = answers(range(150), tmp_path / "d")
    assert not wrong, "\n\n".join(wrong[:5])
    assert {code for _, code in codes} >= {0, 3, 4}


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_ten_thousand_damaged_studies_and_files_are_answered_cleanly(part, tmp_path):
    codes, wrong = answers(range(150 + 2500 * part, 150 + 2500 * (part + 1)), tmp_path / "d")
    assert not wrong, f"{len(wrong)} of {codes.total()}\n" + "\n\n".join(wrong[:5])
