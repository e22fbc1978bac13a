"""The program from Python: the same rooms behind one thin face; plain frames in, frames and figures out."""

from ccd.face.frames import couple, entropy_weights, estimators, fit, weights
from ccd.face.loaded import load
from ccd.face.study import check, run

__all__ = ["check", "couple", "entropy_weights", "estimators", "fit", "load", "run", "weights"]
