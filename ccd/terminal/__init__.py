"""What a terminal shows: steps on stderr while they run, the result on stdout."""

from ccd.terminal.audited import audited
from ccd.terminal.check import check, drafted
from ccd.terminal.closing import report
from ccd.terminal.compared import compared
from ccd.terminal.exported import exported
from ccd.terminal.lists import data, explained, keys, pairs, policies, verified, verify
from ccd.terminal.progress import progress

__all__ = [
    "audited",
    "check",
    "compared",
    "data",
    "drafted",
    "explained",
    "exported",
    "keys",
    "pairs",
    "policies",
    "progress",
    "report",
    "verified",
    "verify",
]
