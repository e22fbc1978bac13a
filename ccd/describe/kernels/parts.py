"""The densities of every year and the test of their modes."""

from __future__ import annotations

import numpy as np

from ccd.describe.kernels.modes import modes_test
from ccd.describe.kernels.reflected import reflected, rule_of_thumb
from ccd.describe.keys import DensityKeys
from ccd.describe.wide import About
from ccd.errors import DataError
from ccd.results import Modes, Part, Ridges, Value
from ccd.words import Figure, text

#: Points of [0, 1] on which a density is written.
GRID = 401


def density_parts(about: About, keys: DensityKeys) -> list[Part[Value]]:
    """Return ``densities`` and ``modes``. Raises DataError for values outside [0, 1] or years that do not vary."""
    wide = about.wide
    known = [wide.x[np.isfinite(wide.x[:, t]), t] for t in range(len(wide.times))]
    if any(len(x) and (x.min() < 0 or x.max() > 1) for x in known):
        raise DataError(
            text("'{variable}' leaves [0, 1], where its density is reflected", variable=wide.variable),
            where=text("study, {key}", key="describe.density"),
            fix=text("describe the density of C, T, D or a subsystem"),
        )
    flat = [int(year) for year, x in zip(wide.times, known, strict=True) if len(np.unique(x)) < 3]
    if flat:
        raise DataError(
            text("'{variable}' does not vary over regions in {year}", variable=wide.variable, year=flat[0]),
            where=text("study, {key}", key="describe.density"),
            fix=text("leave the year out under [data] years"),
        )
    own = np.array([rule_of_thumb(x) for x in known])
    width = np.full(len(known), np.median(own)) if keys.bandwidth == "common" else own
    grid = np.linspace(0, 1, GRID)
    curves = [reflected(x, grid, float(h)) for x, h in zip(known, width, strict=True)]
    note = (
        text("Gaussian kernel reflected at 0 and 1; bandwidth {width} in all years", width=Figure(width[0]))
        if keys.bandwidth == "common"
        else text("Gaussian kernel reflected at 0 and 1; each year has its own bandwidth")
    )
    ridges = Ridges(
        time=np.repeat(wide.times, GRID),
        at=np.tile(grid, len(known)),
        density=np.concatenate(curves),
        bandwidth=np.repeat(width, GRID),
        variable=wide.variable,
    )
    tried = [
        (year, k, *modes_test(x, k, keys.draws, about.stream(f"modes {wide.variable} {year} {k}")))
        for year, x in zip(wide.times, known, strict=True)
        for k in range(1, keys.modes + 1)
    ]
    time, count, critical, p_value = (np.array(column) for column in zip(*tried, strict=True))
    tested = text(
        "Silverman's test of at most k modes, {draws} smoothed draws; a small p-value speaks for more than k",
        draws=keys.draws,
    )
    return [
        Part(ridges, "densities", (note,)),
        Part(Modes(time, count, critical, p_value, wide.variable), notes=(tested,)),
    ]
