"""Replication packages: made from a result and the study behind it, and run again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from ccd import manifest
from ccd.compared import Comparison, compare
from ccd.errors import DataError, UsageError
from ccd.package import Contents, described, files_of, opened, packed, requirements
from ccd.pipeline.runs import run, run_describe, run_documents, run_models, run_multiverse
from ccd.pipeline.steps import Options, Run, Watch, data_inputs, inputs_of
from ccd.study import StudyFile, load_study
from ccd.words import text

#: Commands that a package can repeat.
REPEATED: Mapping[str, Callable[[Path, Path | None, Options, Watch], Run]] = {
    "run": run,
    "estimate": run_models,
    "multiverse": run_multiverse,
    "describe": run_describe,
    "documents": run_documents,
}
BUNDLED = "bundled/"


def pack(out: Path, study: Path | None, to: Path | None) -> Path:
    """Write the replication package of a result and return its path; ``OUT.zip`` unless ``to`` names another.

    ``study`` is the file that made it; none: the one of that name here, under ``configs`` or beside the result.
    Raises DataError where result, study or data are not what the manifest says, UsageError where one cannot be found.
    """
    found = manifest.verify(out)
    if found:
        raise DataError(
            text("the result is not as it was written: {what}", what=found[0]),
            where=str(out),
            fix=text("run the study again"),
        )
    made = manifest.read_manifest(out)
    command = made["command"]
    if command[1] not in REPEATED:
        raise UsageError(
            text("a package holds a whole study, not what ccd {command} wrote", command=command[1]),
            where=str(out),
            fix=text("run the study with ccd run"),
        )
    path = study or _search(command[2], out)
    file = load_study(path, *_overrides(command))
    _refuse_other_inputs(file, made)
    to = to or out.resolve().with_name(f"{out.resolve().name}.zip")
    contents = _contents(file, out, made)
    return packed(files_of(contents), to, out.resolve().name)


def rerun(package: Path, watch: Watch) -> Comparison:
    """Unpack a package, run it as it says, and return what moved against the results in it.

    Raises DataError where a file of the package is missing or changed, or its data are withheld.
    """
    with tempfile.TemporaryDirectory(prefix="ccd-") as scratch:
        folder = opened(package, Path(scratch))
        said = described(folder, package)
        _refuse_changed(folder, said, package)
        command = said["command"]
        _refuse_elsewhere(folder, folder / said["study"], command, package)
        overrides, seed = _overrides(command)
        options = Options(_values(command, "--only"), overrides, seed, fresh=True, command=tuple(command))
        again = Path(scratch, "again")
        REPEATED[command[1]](folder / said["study"], again, options, watch)
        return compare(folder / "results", again)


def inspect(package: Path) -> int:
    """Return how many files a package holds. Raises DataError where one is missing or changed."""
    with tempfile.TemporaryDirectory(prefix="ccd-") as scratch:
        folder = opened(package, Path(scratch))
        said = described(folder, package)
        _refuse_changed(folder, {**said, "withheld": {}}, package)
        return len(said["files"])


def _contents(file: StudyFile, out: Path, made: Mapping[str, Any]) -> Contents:
    data = file.study.data
    read = {name: path for name, path in inputs_of(file).items() if not name.startswith(BUNDLED)}
    root = Path(os.path.commonpath([path.resolve().parent for path in read.values()]))
    for name in read:
        if Path(name).is_absolute():
            raise UsageError(
                text("the study names a file by a place on this machine: {name}", name=name),
                where=str(file.path),
                fix=text("name it relative to the study file"),
            )
    places = {path.resolve().relative_to(root).as_posix(): path for path in read.values()}
    hidden = {p.resolve() for p in data_inputs(file).values()} if not data.share else set()
    return Contents(
        name=file.name,
        title=file.study.title or file.name,
        language=file.study.language,
        study=file.path.resolve().relative_to(root).as_posix(),
        inputs={place: path for place, path in places.items() if path.resolve() not in hidden},
        withheld={p: manifest.sha256(path) for p, path in places.items() if path.resolve() in hidden},
        bundled={n: entry["sha256"] for n, entry in made["inputs"].items() if n.startswith(BUNDLED)},
        source=data.source,
        results=out,
        manifest=made,
        requirements=requirements(),
    )


def _search(name: str, out: Path) -> Path:
    """Return the study of that name in the places where studies stand."""
    places = (Path(), Path("configs"), out.parent, out.parent.parent, out.parent.parent / "configs")
    for place in places:
        if (place / name).is_file():
            return place / name
    raise UsageError(
        text("the study {name} that made the result is not here", name=name),
        where=str(out),
        fix=text("name it with --study"),
    )


def _refuse_other_inputs(file: StudyFile, made: Mapping[str, Any]) -> None:
    now = {name: {"sha256": manifest.sha256(path)} for name, path in inputs_of(file).items()}
    other = sorted(name for name in {*now, *made["inputs"]} if now.get(name) != made["inputs"].get(name))
    if other:
        raise DataError(
            text("not what the result was made from: {names}", names=tuple(other)),
            where=str(file.path),
            fix=text("run the study again, or name the study that made it with --study"),
        )


def _refuse_changed(folder: Path, said: Mapping[str, Any], package: Path) -> None:
    lacking = [name for name in said["withheld"] if not (folder / name).is_file()]
    if lacking:
        raise DataError(
            text("the package withholds its data: {names}", names=tuple(lacking)),
            where=str(package),
            fix=text("unpack it, put the data where its README says, and run the command that it shows"),
        )
    wrong = [
        n
        for n, sha in said["files"].items()
        if not (folder / n).is_file() or manifest.sha256(folder / n) != sha
    ]
    if wrong:
        raise DataError(
            text("missing or changed in the package: {names}", names=tuple(wrong[:3])),
            where=str(package),
            fix=text("ask for the package again"),
        )


def _refuse_elsewhere(folder: Path, study: Path, command: Sequence[str], package: Path) -> None:
    """Refuse a package whose command is none of ours, or whose study reads files outside of it."""
    if command[1] not in REPEATED:
        raise DataError(
            text("the package asks for what is not repeated: ccd {command}", command=command[1]),
            where=str(package),
            fix=text("ask for the package again"),
        )
    read = inputs_of(load_study(study, *_overrides(command)))
    outside = [
        name
        for name, path in read.items()
        if not name.startswith(BUNDLED) and not path.resolve().is_relative_to(folder.resolve())
    ]
    if outside:
        raise DataError(
            text("the study in the package reads files outside of it: {names}", names=tuple(outside[:3])),
            where=str(package),
            fix=text("ask for the package again"),
        )


def _overrides(command: Sequence[str]) -> tuple[tuple[str, ...], int | None]:
    seeds = _values(command, "--seed")
    return _values(command, "--set"), int(seeds[0]) if seeds and seeds[0].isdecimal() else None


def _values(command: Sequence[str], flag: str) -> tuple[str, ...]:
    return tuple(value for word, value in pairwise(command) if word == flag)
