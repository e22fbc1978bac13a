"""Write requirements-dev.lock: what this environment holds of all that the extras dev and docs need, exactly.

python3.11 -m venv .venv && .venv/bin/pip install -e '.[dev,docs]' && .venv/bin/python .ci/lock.py
"""

from __future__ import annotations

import platform
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
EXTRAS = ("dev", "docs")


def asked(extras: tuple[str, ...]) -> Iterator[Requirement]:
    """Yield what pyproject.toml asks for, with the extras that an extra names in turn."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in project["dependencies"]:
        yield Requirement(line)
    for extra in extras:
        for line in project["optional-dependencies"][extra]:
            wanted = Requirement(line)
            if wanted.name == project["name"]:
                yield from asked(tuple(wanted.extras))
            else:
                yield wanted


def needed(wanted: Requirement, seen: dict[str, str], visited: set[tuple[str, frozenset[str]]]) -> None:
    """Add a requirement and all it needs on this machine to ``seen``: name -> version."""
    name = canonicalize_name(wanted.name)
    extras = frozenset(wanted.extras)
    if (name, extras) in visited:
        return
    visited.add((name, extras))
    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise SystemExit(f"{name} is not installed here: pip install -e '.[{','.join(EXTRAS)}]'") from None
    seen[name] = found.version
    for line in found.requires or ():
        further = Requirement(line)
        chosen = [{"extra": extra} for extra in ("", *extras)]
        if further.marker is None or any(further.marker.evaluate(one) for one in chosen):
            needed(further, seen, visited)


def lock() -> str:
    """Return the lock: how it is made, Python's version, then ``name==version``, sorted."""
    seen: dict[str, str] = {}
    visited: set[tuple[str, frozenset[str]]] = set()
    for wanted in asked(EXTRAS):
        needed(wanted, seen, visited)
    head = [
        "# Made by .ci/lock.py. Install: pip install -r requirements-dev.lock && pip install --no-deps -e .",
        f"# Python {platform.python_version()}, {platform.system()}",
    ]
    return "\n".join([*head, *(f"{name}=={version}" for name, version in sorted(seen.items()))]) + "\n"


if __name__ == "__main__":
    (ROOT / "requirements-dev.lock").write_text(lock(), encoding="utf-8", newline="\n")
    sys.stdout.write("requirements-dev.lock\n")
