"""A first study from the columns of a data file: ``ccd init``."""

from ccd.draft.sketch import Sketch, sketch_study

__all__ = ["Sketch", "sketch_study"]
