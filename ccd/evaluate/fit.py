"""One fit: a model, a panel and a seed in, an estimate out; the same bytes wherever it runs."""

from __future__ import annotations

import time
from dataclasses import replace
from importlib import import_module

from ccd.estimate.model import ModelSpec
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream


def fit_one(model: ModelSpec, panel: Panel, seed: int, *, headline: bool = False) -> tuple[Estimate, float]:
    """Return a model's estimate and the CPU seconds of its ``fit``, with one BLAS thread (same bytes).

    ``headline`` asks for the headline term alone. Raises DataError or EstimationError.
    """
    from threadpoolctl import threadpool_limits  # after the BLAS it limits

    for module in model.imports():
        import_module(module)
    with threadpool_limits(1):
        began = time.process_time()
        ask = model.headline if headline else model.fit
        estimate = ask(panel, Stream(seed, model.name))
        spent = time.process_time() - began
    return replace(estimate, seed=seed, does=model.does, label=model.label), spent
