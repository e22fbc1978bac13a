"""Write docs/evidence.md from the comparisons. Run by hand where they change: python tests/reference/page.py."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10
from pathlib import Path

from comparison import Comparison, collected, stored

PAGE = Path(__file__).parents[2] / "docs" / "evidence.md"
#: Differences below this power of ten are rounding, which is another on every machine.
ROUNDING = -9

INTRODUCTION = """\
# Outside evidence

Other packages were given small data of this project, and what they print was stored, with their versions, in
`tests/reference`. Every run of the tests compares our numbers with the stored ones. This page is written by the same
comparisons (`python tests/reference/page.py`) and a test holds it to them. A difference is relative: |ours - theirs|
over |theirs|. "Under 1e-9" is rounding.
"""


def page(comparisons: Sequence[Comparison]) -> str:
    """Return the page of ``comparisons``: what was compared with what, how many numbers, the worst difference."""
    done = [one for one in comparisons if not one.pending]
    waiting = [one for one in comparisons if one.pending]
    worst_of = {id(one): max(one.differences().values()) for one in done}
    peers = len({one.peer for one in done})
    lines = [INTRODUCTION, f"{counted(done)} numbers of {peers} packages are equal to ours.", "", *HEAD]
    for topic, part in grouped(done, lambda one: one.topic).items():
        for peer, group in grouped(part, lambda one: one.peer).items():
            worst = max(worst_of[id(one)] for one in group)
            lines.append(f"| {topic} | {peer} | {counted(group)} | {bound(worst)} |")
    lines += ["", "## Where conventions differ", ""]
    lines.append("The numbers above are compared after the exact factor from one convention to the other.")
    lines.append("")
    for (words, peer), group in grouped(
        [one for one in done if one.convention], lambda one: (one.convention, one.peer)
    ).items():
        topics = ", ".join(dict.fromkeys(one.topic for one in group))
        lines.append(f"- {topics} ({peer}, {many(group)}): {words}.")
    if waiting:
        lines += [
            "",
            "## Not equal yet",
            "",
            "Each of these has a test that must fail until it is mended.",
            "",
        ]
        for (words, peer), group in grouped(waiting, lambda one: (one.pending, one.peer)).items():
            lines.append(f"- {words} ({peer}, {many(group)}).")
    return "\n".join([*lines, "", *closing()]) + "\n"


HEAD = ["| what | compared with | numbers | worst difference |", "|---|---|---:|---|"]


def grouped(comparisons, key) -> dict:
    """Return the comparisons by their ``key``, in the order of their first appearance."""
    found: dict = {}
    for one in comparisons:
        found.setdefault(key(one), []).append(one)
    return found


def counted(comparisons: Sequence[Comparison]) -> int:
    """Return how many numbers ``comparisons`` hold."""
    return sum(len(one.theirs) for one in comparisons)


def many(comparisons: Sequence[Comparison]) -> str:
    """Return how many numbers, in words."""
    count = counted(comparisons)
    return "1 number" if count == 1 else f"{count} numbers"


def bound(difference: float) -> str:
    """Return the power of ten that a difference stays under."""
    return f"under 1e{max(ROUNDING, ceil(log10(difference or 1e-300)))}"


def closing() -> list[str]:
    """Return how the numbers were made, and with which versions of R and Python."""
    r = stored("panel.json").versions["R"]
    python = stored("staggered_peers.json").versions["Python"]
    return [
        "## How the numbers were made",
        "",
        f"`Rscript tests/reference/panel.R` and `matching.R` (R {r} of Debian, with its packages), and",
        f"`python tests/reference/staggered_peers.py` (Python {python}, in an environment of its own), run by hand.",
        "Each script makes its data from a fixed seed and writes them beside the numbers; `panel.R` also reads the",
        "bundled `data/provinces.csv`, and `synthetic_peers.py` reads `synthetic_panels.json`: cigarettes sold by",
        "state (Proposition 99), GDP per head of 17 countries (German reunification) and of 17 Spanish regions (the",
        "Basque Country), and women in 119 parliaments (`quota.json`), as the authors published them. Quantile",
        "fits of `later.R` are read by no test yet;",
        "`description_peers.py` stores Markov chains (giddy), ellipses and centres (pointpats), convergence clubs",
        "(convergence-clubs), Gini and Theil (inequality), which the tests of description compare; Moran's I and its",
        "local form are held to esda, and ETS and HC1 to statsmodels, when the tests run;",
        "`tests/test_spatial.py` reads those of `space.R`. `exported.R` runs what `ccd export --code r` writes of",
        "`exported.toml`.",
    ]


if __name__ == "__main__":
    PAGE.write_text(page(list(collected())), encoding="utf-8")
