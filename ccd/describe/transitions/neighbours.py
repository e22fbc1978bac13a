"""Whose state counts as the neighbours'."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.bundled import province_code
from ccd.describe.wide import WHERE
from ccd.errors import DataError
from ccd.panel import Panel
from ccd.space.borders import bordering
from ccd.words import text


def neighbour_means(panel: Panel, regions: tuple[str, ...], lag: bool | str) -> FloatArray:
    """Return the matrix (N, N) that averages the neighbours of each of ``regions``, zero rows for islands.

    ``lag`` names spatial weights; true: the provinces that border on it. Raises DataError where a region is no
    province.
    """
    if isinstance(lag, str):
        matrix = panel.spatial(lag).among(regions, where=f"{WHERE}.markov.lag", alone=True).matrix.toarray()
        total = matrix.sum(axis=1, keepdims=True)
        return np.asarray(np.divide(matrix, total, out=np.zeros_like(matrix), where=total > 0))
    codes = {region: province_code(region) for region in regions}
    unknown = [region for region, code in codes.items() if not code]
    if unknown:
        raise DataError(
            text("'{region}' is no province, so its neighbours are not known", region=unknown[0]),
            where=text("study, {key}", key="describe.markov.lag"),
            fix=text("name spatial weights, or leave out lag"),
        )
    place = {region: i for i, region in enumerate(regions)}
    found = np.zeros((len(regions), len(regions)))
    for region, others in bordering(codes).items():
        for other in others:
            found[place[region], place[other]] = 1 / len(others)
    return found
