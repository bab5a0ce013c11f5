"""Who makes the media of the posts, from the word that was typed."""

from cli.terminal.failures import usage
from galley.models import Form, MediaMaker
from galley.models.card import CardKind
from workflows.post_media import BUILT


def maker_of(word: str, form: Form) -> MediaMaker:
    """Return who makes the media.

    Raises:
        CommandError: There is no such maker, or not in this version, or it cannot
            make what the form needs; exit code 2.
    """
    known = ", ".join(maker for maker in MediaMaker if maker in BUILT)
    try:
        maker = MediaMaker(word.strip().casefold())
    except ValueError:
        raise usage(f"--media is one of {known}, not {word!r}.") from None
    if maker not in BUILT:
        raise usage(f"--media {maker} is not in this version: choose one of {known}.")
    if form is Form.CAROUSEL and maker is not MediaMaker.CARD:
        raise usage("The slides of a carousel are drawn: leave --media away.")
    return maker


def card_of(word: str, maker: MediaMaker, form: Form) -> CardKind | None:
    """Return which card is drawn; ``None`` where none was asked for.

    Raises:
        CommandError: There is no such card, or something else is drawn; exit code 2.
    """
    if not word:
        return None
    try:
        card = CardKind(word.strip().casefold())
    except ValueError:
        raise usage(f"--card is one of {', '.join(CardKind)}, not {word!r}.") from None
    if maker is not MediaMaker.CARD:
        raise usage(f"--card draws a card and --media {maker} none: leave one away.")
    if form is Form.CAROUSEL:
        raise usage("The slides of a carousel are drawn: leave --card away.")
    return card


def narrated(maker: MediaMaker, *, narrate: bool) -> bool:
    """Return whether the words of films are read aloud.

    Raises:
        CommandError: No film is made of words; exit code 2.
    """
    if narrate and maker is not MediaMaker.SHORT:
        raise usage("--narrate reads a film of words aloud: add --media short.")
    return narrate
