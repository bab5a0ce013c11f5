"""What stands on a picture that Galley draws."""

from enum import StrEnum

from pydantic import Field

from galley.models.base import Model


class CardKind(StrEnum):
    """Which card is drawn."""

    QUOTE = "quote"
    """The headline of the draft, in large letters."""
    TITLE = "title"
    """The title of the source, with its author and date."""
    LIST = "list"
    """The points of a list that the source has."""
    CHART = "chart"
    """Numbers of a table or a list that the source has."""
    CODE = "code"
    """A block of code that the source has."""


OF_SOURCE = frozenset({CardKind.TITLE, CardKind.LIST, CardKind.CHART, CardKind.CODE})
"""Cards for which the text of the source is read."""


class Points(Model):
    """A list; each point is a line."""

    points: tuple[str, ...]


class Bar(Model):
    """One number of a chart: as it is written in the source, and what it is worth."""

    label: str
    shown: str
    value: float = Field(ge=0)


class Chart(Model):
    """Numbers of one kind. ``is_line``: they follow one another in time."""

    title: str = Field(default="", description="What is counted; empty: not said.")
    bars: tuple[Bar, ...]
    is_line: bool = False


class Code(Model):
    """A block of code. ``language`` as the source names it; empty: it does not."""

    text: str
    language: str = ""


Figure = Points | Chart | Code
"""What stands below the headline of a card."""
