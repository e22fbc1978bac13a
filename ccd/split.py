"""Draws in blocks: a fit takes those that another process made and makes the others itself, to the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np

from ccd.arrays import FloatArray
from ccd.digest import digest

#: What one block of draws gives: arrays whose first axis are its draws.
Block = tuple[FloatArray, ...]


@dataclass
class Blocks:
    """Blocks of draws by name; ``share`` (k, n) asks a fit for every n-th block from the k-th on.

    A fit with a share makes those blocks alone and repeats them in place of the others: what it estimates is of no
    use, the blocks in ``made`` are.
    """

    made: dict[str, Block] = field(default_factory=dict)
    share: tuple[int, int] | None = None


_BLOCKS: ContextVar[Blocks | None] = ContextVar("blocks", default=None)


@contextmanager
def with_blocks(blocks: Blocks) -> Iterator[None]:
    """Have the fits inside take blocks from ``blocks``, and leave there what its share asks for."""
    token = _BLOCKS.set(blocks)
    try:
        yield
    finally:
        _BLOCKS.reset(token)


def in_blocks(
    make: Callable[[slice], tuple[FloatArray, ...]], draws: int, size: int, *decided_by: object
) -> Block:
    """Return what ``make`` gives for ``draws`` draws, in blocks of ``size`` whoever makes them.

    ``decided_by`` names the draws: all that tells them from others of the same fit.
    """
    blocks = [slice(at, min(at + size, draws)) for at in range(0, draws, size)]
    held = _BLOCKS.get()
    if held is None or not (held.made or held.share):
        return _joined([make(block) for block in blocks])
    name = digest(*decided_by)
    names = [f"{name} {block.start}-{block.stop}" for block in blocks]
    if held.share is None:
        return _joined(
            [
                held.made[name] if name in held.made else make(block)
                for name, block in zip(names, blocks, strict=True)
            ]
        )
    first, step = held.share
    own = [k for k in range(len(blocks)) if k % step == first % min(step, len(blocks))]
    for k in own:
        if names[k] not in held.made:
            held.made[names[k]] = tuple(np.asarray(one) for one in make(blocks[k]))
    repeated = [held.made[names[own[k % len(own)]]] for k in range(len(blocks))]
    return tuple(np.concatenate(list(columns))[:draws] for columns in _filled(repeated, draws))


def _joined(blocks: list[Block]) -> Block:
    if len(blocks) == 1:
        return tuple(blocks[0])
    return tuple(np.concatenate(columns) for columns in zip(*blocks, strict=True))


def _filled(blocks: list[Block], draws: int) -> Iterator[list[FloatArray]]:
    """Yield the blocks of each array, repeated until they hold ``draws`` draws."""
    for columns in zip(*blocks, strict=True):
        listed = list(columns)
        while sum(len(one) for one in listed) < draws:
            listed += listed[:1]
        yield listed
