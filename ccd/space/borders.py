"""Which provinces border on which."""

from __future__ import annotations

from collections.abc import Mapping

from ccd.bundled import bundled_rows


def bordering(codes: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return region -> the regions that border on it, in the order of ``codes`` (region -> six-digit province code).

    Source: the bundled ``adjacency.csv``. Two regions of one code border on the same regions, not on each other.
    """
    pairs = {(row["adcode_a"], row["adcode_b"]) for row in bundled_rows("adjacency.csv")}
    pairs |= {(other, one) for one, other in pairs}
    return {
        region: tuple(other for other, theirs in codes.items() if (own, theirs) in pairs)
        for region, own in codes.items()
    }
