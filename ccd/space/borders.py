"""Which provinces border on which."""

from __future__ import annotations

from collections.abc import Mapping

from ccd.bundled import bundled_rows


def bordering(codes: Mapping[str, str], *, conventions: bool = True) -> dict[str, tuple[str, ...]]:
    """Return region -> the regions that border on it, in the order of ``codes`` (region -> six-digit province code).

    Source: the bundled ``adjacency.csv``. Two regions of one code border on the same regions, not on each other.
    ``conventions`` holds whom a strait parts, Guangdong and Hainan, for neighbours.
    """
    rows = [row for row in bundled_rows("adjacency.csv") if conventions or row["kind"] == "land"]
    pairs = {(row["adcode_a"], row["adcode_b"]) for row in rows}
    pairs |= {(other, one) for one, other in pairs}
    return {
        region: tuple(other for other, theirs in codes.items() if (own, theirs) in pairs)
        for region, own in codes.items()
    }
