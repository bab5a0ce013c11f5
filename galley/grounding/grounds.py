"""What a draft may draw on: a stranger's material, and the author's own words."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from re import Pattern

from galley.models import FactKind, FactOrigin


@dataclass(frozen=True)
class Passage:
    """One text, and what it is."""

    origin: FactOrigin
    text: str


@dataclass(frozen=True)
class Place:
    """Where something stands in a passage, in characters."""

    origin: FactOrigin
    start: int
    end: int


@dataclass(frozen=True)
class Mention:
    """A fact that a text states, where in the text, and where it was found."""

    kind: FactKind
    start: int
    end: int
    found: Place | None


class Grounds:
    """All passages, the source's own text first.

    ``languages`` are those the draft may be written in, the likeliest first, as the
    first two letters of their tags.
    """

    def __init__(
        self, passages: Iterable[Passage], languages: tuple[str, ...] = ("en",)
    ) -> None:
        self.passages = tuple(one for one in passages if one.text)
        self.languages = languages

    @cached_property
    def material(self) -> str:
        """The source's text with title, author, tags and date: a stranger's words."""
        return self._joined(is_trusted=False)

    @cached_property
    def trusted(self) -> str:
        """What the author wrote: brief, note, persona, and prompts."""
        return self._joined(is_trusted=True)

    @cached_property
    def everything(self) -> str:
        """Both together."""
        return f"{self.material}\n{self.trusted}"

    def find(self, pattern: Pattern[str]) -> Place | None:
        """Return the first place of a pattern."""
        for passage in self.passages:
            if match := pattern.search(passage.text):
                return Place(passage.origin, match.start(), match.end())
        return None

    def _joined(self, *, is_trusted: bool) -> str:
        texts = (p.text for p in self.passages if p.origin.is_trusted is is_trusted)
        return "\n".join(texts)
