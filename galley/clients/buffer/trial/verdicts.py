"""What a check says of an assumption."""

from dataclasses import dataclass
from enum import StrEnum

from galley.clients.buffer.errors import NotFoundError, RefusedError, SchemaError

ANSWERED = (RefusedError, NotFoundError, SchemaError)
"""Errors that say what Buffer thinks of the request; after others, nothing is known."""


class Verdict(StrEnum):
    """Whether Buffer does what Galley and its emulator take for granted."""

    CONFIRMED = "confirmed"
    DIFFERENT = "different"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One assumption, and what was seen of it in a short sentence."""

    assumption: str
    verdict: Verdict
    said: str


def finding(assumption: str, said: str, *, holds: bool) -> Finding:
    """Return the finding for a check that was carried out."""
    return Finding(assumption, Verdict.CONFIRMED if holds else Verdict.DIFFERENT, said)


def unchecked(assumption: str, why: str) -> Finding:
    """Return the finding for a check that was not carried out."""
    return Finding(assumption, Verdict.NOT_CHECKED, why)


BEYOND_DRAFTS = tuple(
    unchecked(assumption, why)
    for assumption, why in (
        (
            "A due time in the past is refused",
            "were it not, the post would be published",
        ),
        (
            "A repeat on one channel is refused",
            "drafts are no repeats; it takes two posts that are scheduled",
        ),
        (
            "Pictures and videos are fetched again when the post is sent",
            "nothing is sent",
        ),
        (
            "A post that is being sent or was sent cannot be edited or deleted",
            "nothing is sent",
        ),
        (
            "A post reports its address on the network some time after it was sent",
            "nothing is sent",
        ),
        (
            "Top and bottom of the queue are the first and last slots taken",
            "drafts are in no queue",
        ),
        (
            "A daily limit counts the channel's own day",
            "nothing is scheduled",
        ),
    )
)
"""What no draft can show."""
