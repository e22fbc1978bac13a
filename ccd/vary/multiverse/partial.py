"""Units on disk while they are made: each whole or not at all, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ccd.cache import work_key
from ccd.digest import Digests
from ccd.errors import unwritable
from ccd.vary.multiverse.ground import Ground
from ccd.writing import alone

#: A unit stands behind its name, its length and its checksum, so that one that was cut off is known as such.
HEAD = 32 + 1 + 10 + 1 + 8 + 1


class Place(NamedTuple):
    """Where a unit lies: its file, where its bytes begin, how many there are, their checksum."""

    path: Path
    start: int
    length: int
    check: int


@dataclass
class Partial:
    """The folder of finished units; ``inputs`` are name -> SHA-256 of the files behind the data.

    ``fresh`` takes over none of those that are there.
    Units are appended, compressed, to one file a run: a hundred thousand take one listing, not as many files.
    """

    folder: Path
    inputs: Mapping[str, str]
    fresh: bool = False
    _held: ExitStack = field(default_factory=ExitStack)
    _known: dict[str, Place] = field(default_factory=dict)
    _open: BinaryIO | None = None
    _own: Path | None = None
    _digests: Digests = field(default_factory=Digests)
    _shared: tuple[Ground, str] | None = None

    def name(self, ground: Ground, unit: tuple[int, tuple[int, ...]]) -> str:
        """Return the name of a unit: a digest of all that decides it, code, data, keys, draws, seed."""
        base, models = unit
        study = ground.menu.bases[base].study
        own = [self._digests(ground.menu.models[k]) for k in models]
        sections = [
            self._digests(one) for one in (study.subsystems, study.index, study.coupling, study.weights)
        ]
        return work_key("unit", self._whole(ground), ground.keys[base], sections, own)[:32]

    def _whole(self, ground: Ground) -> str:
        """Return what decides every unit alike."""
        draws = None if ground.deals is None else ground.deals.places.shape
        places = None if ground.deals is None else (ground.deals.regions, ground.deals.left)
        shared = (len(ground.shared), str(ground.shared[0]), str(ground.shared[-1]))
        if self._shared is None or self._shared[0] is not ground:
            self._shared = ground, work_key("menu", dict(self.inputs), draws, places, shared, ground.seed)
        return self._shared[1]

    def begin(self) -> None:
        """Make the folder, hold it until ``close``, and look what is there.

        Raises UsageError where it cannot be made or read, or while another run works on it.
        """
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self._held.enter_context(alone(self.folder))
            if self.fresh:
                shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(exist_ok=True)
            self.look()
            self._own = self.folder / f"{len(list(self.folder.glob('*.units'))):04d}.units"
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def look(self) -> None:
        """See what is there. Raises OSError."""
        for path in sorted(self.folder.glob("*.units")):
            self._known |= dict(_listed(path))

    def known(self) -> frozenset[str]:
        """Return the names of the units that are there."""
        return frozenset(self._known)

    def keep(self, name: str, made: bytes) -> None:
        """Append one unit. Raises UsageError where nothing can be written."""
        path = self._own or self.folder / "0000.units"
        packed = zlib.compress(made, 1)
        check = zlib.crc32(packed)
        try:
            if self._open is None:
                self._open = path.open("xb")
            start = self._open.tell() + HEAD
            self._open.write(b"%s %010d %08x\n" % (name.encode(), len(packed), check))
            self._open.write(packed)
            self._open.flush()
        except OSError as error:
            raise unwritable(path, error) from error
        self._known[name] = Place(path, start, len(packed), check)

    def read(self, name: str) -> bytes:
        """Return a unit that is there. Raises UsageError where it cannot be read."""
        place = self._known[name]
        try:
            with place.path.open("rb") as file:
                file.seek(place.start)
                return zlib.decompress(file.read(place.length))
        except OSError as error:
            raise unwritable(place.path, error) from error

    def remove(self) -> None:
        """Remove the folder: what it holds stands in the results."""
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.close()

    def close(self) -> None:
        """Let go of the folder; what is kept stays."""
        self._end()
        self._held.close()

    def _end(self) -> None:
        """Close the file of this run: every whole unit is in it already."""
        if self._open is not None:
            with suppress(OSError):  # the rest of a unit that a full disk did not take
                self._open.close()
            self._open = None


def _listed(path: Path) -> Iterator[tuple[str, Place]]:
    """Yield the whole units of a file; it ends where one was cut off."""
    with path.open("rb") as file:
        while len(head := file.read(HEAD)) == HEAD:
            try:
                name, length, check = head.split()
                place = Place(path, file.tell(), int(length), int(check, 16))
            except ValueError:  # bytes that a machine without power left behind
                return
            packed = file.read(place.length)
            if len(packed) < place.length or zlib.crc32(packed) != place.check:
                return
            yield name.decode(), place
