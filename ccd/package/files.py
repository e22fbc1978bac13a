"""Every file of a package by its place, with the hashes of them all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from ccd.package.archive import NAME
from ccd.package.contents import Contents
from ccd.package.readme import readme
from ccd.plain import to_json


def files_of(contents: Contents) -> dict[str, bytes]:
    """Return every file of the package by its place."""
    files = {f"study/{place}": path.read_bytes() for place, path in contents.inputs.items()}
    files |= {
        f"results/{path.relative_to(contents.results).as_posix()}": path.read_bytes()
        for path in sorted(contents.results.rglob("*"))
        if path.is_file()
    }
    files["requirements.txt"] = contents.requirements.encode()
    files["README.md"] = readme(contents).encode()
    return files | {NAME: to_json(record(contents, files)).encode()}


def record(contents: Contents, files: Mapping[str, bytes]) -> dict[str, object]:
    """Return what the package says of itself: what is run where, what is withheld, and each file's hash."""
    return {
        "made_by": "ccd",
        "study": f"study/{contents.study}",
        "command": list(contents.manifest["command"]),
        "versions": dict(contents.manifest["versions"]),
        "withheld": {f"study/{place}": digest for place, digest in sorted(contents.withheld.items())},
        "files": {name: hashlib.sha256(held).hexdigest() for name, held in sorted(files.items())},
    }
