"""What draws share beside fixed thresholds, against the same search outcome by outcome and by least squares."""

import numpy as np
import pytest

from ccd.estimate.threshold.scan.beside import Memory
from ccd.estimate.threshold.scan.bootstrap import observed, split_column
from ccd.estimate.threshold.scan.candidates import by_rows
from ccd.estimate.threshold.scan.exact import project, scan
from ccd.estimate.threshold.scan.search import Search


def scanned(p: int):
    rng = np.random.default_rng(p)
    entity, year = np.repeat(np.arange(40), 8), np.tile(np.arange(8), 40)
    q, x, z = rng.normal(size=320), rng.normal(size=(320, p)), rng.normal(size=(320, 2))
    y = x[:, 0] * np.where(q < 0, 0.5, 1.5) + rng.normal(size=320)
    return scan(project(y, np.column_stack([z, x]), entity, year), x, by_rows(q, 0.1))


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("m", [1, 2])
def test_shared_moments_give_the_gains_of_each_outcome_alone(p, m):
    found = scanned(p)
    rng = np.random.default_rng(9)
    b, base = rng.normal(size=(p, 6, found.blocks.width)), np.full(6, 1e4)
    fixed = found.blocks.slot[
        np.array([[60, 200], [60, 200], [120, 30], [60, 200], [120, 30], [120, 30]])[:, :m]
    ]
    rows, columns = np.arange(6), list(range(m))
    shared, alone = (Search(found, b, base, found.buffers(6, 3), shared=s) for s in (True, False))
    for some in (rows, rows[[1, 4]]):
        assert found.memory.serves(fixed[some]) or len(some) == 2
        quick, known = (np.array(part) for part in shared.gains(fixed[some], some, columns))
        slow, explained = alone.gains(fixed[some], some, columns)
        assert known == pytest.approx(explained, rel=1e-10)
        for r, row in enumerate(
            fixed[some]
        ):  # next to a fixed threshold the trim allows none: pivots are rounding
            away = (
                np.abs(np.arange(found.candidates.size)[:, None] - found.blocks.candidate(row)).min(axis=1)
                > 25
            )
            at = found.blocks.slot[away]
            assert quick[r, at] == pytest.approx(slow[r, at], rel=1e-8, abs=1e-10)


def test_the_best_beside_a_shared_threshold_is_that_of_least_squares():
    found = scanned(2)
    search = observed(found)
    slot = found.blocks.slot[np.array([[100]])]
    found.beside(slot, search.room)
    assert found.memory.serves(slot)
    best = search.best(slot, np.zeros(1, dtype=int), [0])
    both = [split_column(found, int(s), k) for s in (slot[0, 0], best.slots[0, 0]) for k in range(2)]
    left = np.linalg.lstsq(np.column_stack(both), found.model.resid, rcond=None)[1][0]
    assert best.ssr[0] == pytest.approx(left, rel=1e-10)


def test_memory_forgets_the_oldest_and_serves_what_most_rows_share():
    memory = Memory(limit=100)
    for slot in range(5):
        memory.keep_crossed(slot, np.zeros(4))
    assert list(memory.crossed) == [2, 3, 4]
    assert memory.serves(np.array([[1], [1], [2]]))
    assert not memory.serves(np.array([[1], [3], [2]]))
