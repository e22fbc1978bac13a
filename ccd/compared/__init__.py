"""What moved between two results: numbers by file, row and column, and what the manifests know of why."""

from ccd.compared.folders import Comparison, FileMoved, compare
from ccd.compared.junit import junit
from ccd.compared.numbers import Moved, Tolerance

__all__ = ["Comparison", "FileMoved", "Moved", "Tolerance", "compare", "junit"]
