"""Kernel and nearest-neighbour matching at 1e4, 1e5 and 1e6 scores, beside loops, scikit-learn and psmpy.

Half of the scores are treated. Peers, in the same run and CPU seconds:

- brute: the definition, one treated score against all controls at a time (timed on some of them and scaled up
  where all would take minutes, so marked);
- scikit-learn: ``NearestNeighbors`` on the scores, then a plain loop that adds up weights (also scaled up);
- psmpy 0.3 (PyPI): one neighbour with replacement; it keeps all distances at once, so only at 1e4.

Targets: kernel at 1e5 at least 500 times faster than brute; nearest at 1e6 under 1 s; memory linear in n.

python benchmarks/matching.py            (psmpy is not a dependency: pip install psmpy, or its line is left out)
"""

from __future__ import annotations

import contextlib
import io
import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from ccd.estimate.matching import MATCHERS, Pool, Settings

BANDWIDTH, SAMPLE = 0.06, 1000


def scores(n: int) -> Pool:
    rng = np.random.default_rng(1)
    p, q = rng.beta(3, 2, n // 2), rng.beta(2, 3, n // 2)
    none = np.empty((n // 2, 0))
    return Pool(p, q, none, none, np.ones(n // 2), np.ones(n // 2))


def clock(work: Callable[[], object], runs: int = 3) -> float:
    """Return the least CPU seconds of ``runs``."""
    best = np.inf
    for _ in range(runs):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def peak(work: Callable[[], object]) -> float:
    """Return the megabytes that ``work`` allocates at most."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return most


def brute_kernel(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    weight = np.zeros(len(q))
    for one in p:
        u = (q - one) / BANDWIDTH
        k = np.where(np.abs(u) < 1, 1 - u**2, 0.0)
        total = k.sum()
        if total > 0:
            weight += k / total
    return weight


def brute_nearest(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    weight = np.zeros(len(q))
    for one in p:
        gap = np.abs(q - one)
        tied = gap <= gap.min() + 1e-10
        weight += tied / tied.sum()
    return weight


def sklearn_kernel(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(radius=BANDWIDTH).fit(q[:, None])
    weight = np.zeros(len(q))
    for start in range(0, len(p), 200):  # all at once would need n^2 memory
        gaps, rows = found.radius_neighbors(p[start : start + 200, None])
        for gap, row in zip(gaps, rows, strict=True):
            k = 1 - (gap / BANDWIDTH) ** 2
            if k.sum() > 0:
                weight[row] += k / k.sum()
    return weight


def sklearn_nearest(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    from sklearn.neighbors import NearestNeighbors

    rows = NearestNeighbors(n_neighbors=1).fit(q[:, None]).kneighbors(p[:, None], return_distance=False)
    weight = np.zeros(len(q))
    for row in rows[:, 0]:
        weight[row] += 1
    return weight


def psmpy_nearest(p: np.ndarray, q: np.ndarray) -> Callable[[], object] | None:
    try:
        import pandas as pd
        from psmpy import PsmPy
    except ImportError:
        return None
    p = p[:-1]  # one treated fewer: it always matches from the smaller group
    frame = pd.DataFrame({"id": np.arange(len(p) + len(q)), "x": np.concatenate([p, q])})
    frame["treated"] = np.repeat([1, 0], [len(p), len(q)])
    made = PsmPy(frame, treatment="treated", indx="id")
    made.predicted_data = frame.rename(columns={"x": "propensity_score"})

    def work() -> object:
        with contextlib.redirect_stdout(io.StringIO()):
            return made.kdtree_matched(matcher="propensity_score", replacement=True)

    return work


def scaled(
    peer: Callable[[np.ndarray, np.ndarray], np.ndarray], pool: Pool, budget: int
) -> tuple[float, str]:
    """Return the seconds of ``peer``: on all treated up to ``budget`` of them, else on some and scaled up."""
    p, q = pool.treated_score, pool.control_score
    if len(p) <= budget:
        return clock(lambda: peer(p, q), 1), ""
    few, more = p[:SAMPLE], p[: 2 * SAMPLE]
    step = clock(lambda: peer(more, q)) - clock(lambda: peer(few, q))  # what does not grow with p drops out
    return step * len(p) / SAMPLE, "~"


def line(name: str, own: float, peers: dict[str, tuple[float, str]], memory: float, n: int) -> None:
    shown = "  ".join(f"{peer} {mark}{s:.3g} s ({s / own:.0f}x)" for peer, (s, mark) in peers.items())
    print(
        f"{name:8} n={n:<8} ccd {own:.4f} s, peak {memory:.0f} MB ({memory * 1e6 / n:.0f} bytes a score)  {shown}"
    )


def main() -> None:
    tiny = scores(200)
    for peer in (sklearn_kernel, sklearn_nearest):  # imports are nobody's seconds
        peer(tiny.treated_score, tiny.control_score)
    for n in (10_000, 100_000, 1_000_000):
        pool = scores(n)
        kernel, nearest = Settings("kernel", bandwidth=BANDWIDTH), Settings("nearest")
        if n == 10_000:
            p, q = pool.treated_score, pool.control_score
            same = np.abs(MATCHERS["kernel"](pool, kernel).weight - brute_kernel(p, q)).max()
            near = np.abs(MATCHERS["nearest"](pool, nearest).weight - brute_nearest(p, q)).max()
            print(f"largest difference from brute at 1e4: kernel {same:.1e}, nearest {near:.1e}")
        for name, settings, brute, peer in (
            ("kernel", kernel, brute_kernel, sklearn_kernel),
            ("nearest", nearest, brute_nearest, sklearn_nearest),
        ):
            own = clock(lambda: MATCHERS[name](pool, settings), 7)  # noqa: B023
            memory = peak(lambda: MATCHERS[name](pool, settings))  # noqa: B023
            budget = 5_000 if name == "kernel" else 50_000
            peers = {"brute": scaled(brute, pool, 5_000)}
            peers["scikit-learn"] = scaled(peer, pool, budget if name == "kernel" else n)
            if name == "nearest" and n == 10_000:
                work = psmpy_nearest(pool.treated_score, pool.control_score)
                if work is not None:
                    peers["psmpy"] = (clock(work, 1), "")
            line(name, own, peers, memory, n)


if __name__ == "__main__":
    main()
