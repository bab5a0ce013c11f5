"""The sentence by which a post says that a change was carried out, made and known."""

from galley.models import Wish

_DONE = "is carried out"
_AT_ONCE = "Rescheduled by"


def carried_out(wish: Wish) -> str:
    """Return what is said once Buffer has it as it was wished."""
    return f"The {wish.kind} by {wish.by} {_DONE}."


def rescheduled(wish: Wish) -> str:
    """Return what is said of a new time that Buffer need not be asked for."""
    return f"{_AT_ONCE} {wish.by}."


def says_done(notice: str) -> bool:
    """Tell whether a notice is one of these, whatever follows it."""
    return notice.startswith(_AT_ONCE) or _DONE in notice
