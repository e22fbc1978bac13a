"""What a page is made of before any format: sections of sentences and blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ccd.report.table import Table
from ccd.report.views.base import Context
from ccd.words import Text


@dataclass(frozen=True)
class Block:
    """One part as shown: ``name`` is the stem of its files, ``images`` maps a format to bytes.

    ``shape`` and ``part`` are those of its part, ``extra`` names a further figure of it, ``model`` the model it belongs
    to (none: of the study). ``anchor`` is its place on the page where that is not its name.
    """

    name: str
    ctx: Context
    sentences: tuple[Text, ...] = ()
    table: Table | None = None
    table_number: int = 0
    caption: Text | None = None
    figure_number: int = 0
    images: Mapping[str, bytes] = field(default_factory=dict)
    shape: str = ""
    part: str = ""
    extra: str = ""
    anchor: str = ""

    @property
    def model(self) -> str:
        """Return the model that the block belongs to; empty: the study."""
        return self.ctx.model

    @property
    def id(self) -> str:
        """Return where the block stands on a page."""
        return self.anchor or self.name


@dataclass(frozen=True)
class Section:
    """A chapter of the page: sentences, blocks, and the notes of its room.

    ``links`` (as many as sentences, or none) name the block that a sentence speaks of, ``equations`` are LaTeX and
    stand under the sentences; ``appendix`` sections stand after the body.
    """

    key: str
    title: Text
    sentences: tuple[Text, ...] = ()
    blocks: tuple[Block, ...] = ()
    notes: tuple[Text, ...] = ()
    links: tuple[str, ...] = ()
    equations: tuple[str, ...] = ()
    appendix: bool = False
