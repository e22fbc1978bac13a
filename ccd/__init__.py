"""Coupling-coordination econometrics from one study file and one panel.

From Python: ``ccd.run`` and ``ccd.check`` a study, ``ccd.load`` a result, and on plain frames ``ccd.entropy_weights``,
``ccd.weights``, ``ccd.couple`` and ``ccd.fit``. Importing ccd costs nothing: what is used is imported then.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "check", "couple", "entropy_weights", "estimators", "fit", "load", "run", "weights"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("ccd.face"), name)
    raise AttributeError(f"module 'ccd' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
