"""A first study from the columns of a data file: ``ccd init``."""

from ccd.draft.layout import read_raw
from ccd.draft.sketch import Sketch, sketch_study

__all__ = ["Sketch", "read_raw", "sketch_study"]
