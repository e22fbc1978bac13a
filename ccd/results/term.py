"""What a coefficient belongs to: a value that files print by its name and pages in words."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from ccd.words import Name, Text, text


class Term:
    """The base of all terms; ``str(term)`` is its name in files, ``words`` what a page says."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Return the name that csv files and summary.json print."""

    @property
    @abstractmethod
    def words(self) -> Name | Text:
        """Return what a page prints: a name, shown by its label, or a text."""

    @property
    def shared(self) -> Name | Text:
        """Return what a table of several models prints, without what one model alone has estimated."""
        return self.words

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Named(Term):
    """A column, a policy, or another thing with one name."""

    of: str

    @property
    def name(self) -> str:
        """Return the name."""
        return self.of

    @property
    def words(self) -> Name:
        """Return the name, shown by its label."""
        return Name(self.of)


@dataclass(frozen=True)
class Product(Term):
    """The product of two terms."""

    first: Term
    second: Term

    @property
    def name(self) -> str:
        """Return ``first x second``."""
        return f"{self.first} x {self.second}"

    @property
    def words(self) -> Text:
        """Return both terms with a multiplication sign between."""
        return text("{first} × {second}", first=self.first.words, second=self.second.words)
