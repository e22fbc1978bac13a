"""The environment of a run: exact versions of everything that the program needs, read from what is installed."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution

ROOT = "ccd-econ"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def requirements() -> str:
    """Return a requirements file: the version of Python as a comment, then ``name==version``, sorted."""
    needed = sorted(set(_needed(ROOT, set())))
    return "\n".join([f"# Python {platform.python_version()}", *needed, ""])


def _needed(package: str, seen: set[str]) -> Iterator[str]:
    """Yield what a package and all it needs are, without extras and without what this machine does not need."""
    key = re.sub(r"[-_.]+", "-", package).lower()
    if key in seen:
        return
    seen.add(key)
    try:
        found = distribution(package)
    except PackageNotFoundError:  # needed elsewhere: on another system, in an older Python
        return
    yield f"{key}=={found.version}"
    for line in found.requires or ():
        name = _NAME.match(line)
        if name and "extra ==" not in line:
            yield from _needed(name[0], seen)
