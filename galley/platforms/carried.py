"""What a post carries beside its text, in words for whoever reviews it."""

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from galley.models import Extras, LinkCard, UserTag, extras_for


def carried_words(extras: Extras | None) -> tuple[str, ...]:
    """Return each thing that is not as usual, as ``first comment: More below.``."""
    if extras is None:
        return ()
    usual = extras_for(extras.platform)
    return tuple(
        f"{name.replace('_', ' ')}: {words}"
        for name in type(extras).model_fields
        if (value := getattr(extras, name)) != getattr(usual, name)
        and (words := _words(value))
    )


def _words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case LinkCard():
            return " · ".join(filter(None, _card(value)))
        case datetime():
            return f"{value:%Y-%m-%d %H:%M %Z}"
        case tuple():
            tags = cast("tuple[UserTag, ...]", value)
            return ", ".join(f"{t.handle} in picture {t.asset + 1}" for t in tags)
        case _:
            return " ".join(str(value).split())


def _card(card: LinkCard) -> Iterator[str]:
    yield card.url
    yield card.title
    yield card.description
    yield f"picture {card.thumbnail_url}" if card.thumbnail_url else ""
