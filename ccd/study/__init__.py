"""The study file: joins every section's spec, reads TOML strictly, reports all faults at once."""

from ccd.study.asked import asked_for, keys_naming
from ccd.study.parse import StudyFile, load_study, parse_study
from ccd.study.raw import extended, with_keys
from ccd.study.shorthand import Shorthand, without_unknown
from ccd.study.spec import RESERVED, Study
from ccd.study.tables import RobustnessSpec, TableSpec

__all__ = [
    "RESERVED",
    "RobustnessSpec",
    "Shorthand",
    "Study",
    "StudyFile",
    "TableSpec",
    "asked_for",
    "extended",
    "keys_naming",
    "load_study",
    "parse_study",
    "with_keys",
    "without_unknown",
]
