"""Random streams named by what they are for, never by the order in which they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np


def fingerprint(*parts: object) -> str:
    """Return a name for what ``parts`` say, the same in every run: for streams of the data, not of a model."""
    return f"{crc32(repr(parts).encode()):08x}"


@dataclass(frozen=True)
class Stream:
    """The source of randomness of one model; ``stream(task)`` is the generator of one task."""

    seed: int
    model: str

    def __call__(self, task: str) -> np.random.Generator:
        """Return a new generator that depends on (seed, model, task) alone."""
        entropy = [self.seed, crc32(self.model.encode()), crc32(task.encode())]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))

    def shared(self) -> Stream:
        """Return the stream of the seed alone, which is the same for every model."""
        return Stream(self.seed, "")
