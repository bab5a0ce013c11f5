"""What can safely be done with a post, as it stands: pure, from what was found.

Each command is safe by construction: Buffer is read before anything is created, and a
post that is there is taken over.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.accounts.workflows import scope_options
from app.records.inquiry import Findings
from galley.models import PostState

_START = "uv run starter.py"


@dataclass(frozen=True)
class Advice:
    """One thing to do; ``command`` is empty where it is not done here."""

    why: str
    command: str = ""


def advice(found: Findings) -> list[Advice]:
    """Return what a person can do, the first thing first."""
    return [*_obstacles(found), *_by_state(found)]


def _obstacles(found: Findings) -> Iterator[Advice]:
    lives = found.row.state in {s.value for s in PostState if not s.is_final}
    if not lives:
        return
    if found.view is None:
        yield Advice("no worker answers, so nothing goes on: start one", "uv run worker.py")
    if found.hindrance:
        yield Advice("see what a step fails for again and again", f"{_START} doctor")
    for pause in found.account.pauses:
        options = scope_options(pause.scope)
        yield Advice(f"end the pause by {pause.by}, for all it covers", f"{_START} resume{options}")


def _by_state(found: Findings) -> Iterator[Advice]:
    name, state = found.row.workflow_id, found.row.state
    if state not in set(PostState):
        yield from _ended(found)
        return
    for why, command in _STATES[PostState(state)]:
        yield Advice(why, f"{_START} {command.format(name)}" if command else "")
    if found.view is not None and found.view.proposal is not None:
        yield Advice("let the proposed edit out", f"{_START} approve {name}")


def _ended(found: Findings) -> Iterator[Advice]:
    """A run that was ended from outside: nothing of Galley's follows the post now."""
    receipt, claim = found.kept.receipt, found.kept.claim
    known = receipt.post.id if receipt else ""
    if post_id := (found.view.buffer_post_id if found.view else None) or known:
        yield Advice(
            f"Buffer has it as post {post_id}: nothing here follows it any more; "
            "delete it in Buffer if it shall not go out"
        )
    elif claim is not None:
        yield Advice(
            "it was claimed and there is no receipt: look at the channel in Buffer, "
            "where it may or may not be"
        )
    else:
        yield Advice("it never was on its way to Buffer")
    yield _EDITION


_EDITION = Advice(
    "post the source once more, with new drafts to approve", f"{_START} start SOURCE --edition 2"
)
_RESCHEDULE = ("give it another time", 'reschedule {} --at "tomorrow 9:00"')
_EDIT = ("change it; approved in one go if it fits", "edit {} --approve")
_RETRACT = ("take it back: it is deleted in Buffer", "retract {}")
_AGAIN = (_EDITION.why, "start SOURCE --edition 2")
_LOOK = ("look at the channel in Buffer, and on the network itself", "")

_STATES: dict[PostState, tuple[tuple[str, str], ...]] = {
    PostState.DRAFTING: (
        ("wait for the draft, then read it", "show {}"),
        ("if its words are there: do not wait for its media", "regenerate {}"),
    ),
    PostState.IN_REVIEW: (
        ("read it", "show {}"),
        ("let it out", "approve {}"),
        ("change it; approved in one go if it fits", "edit {} --approve"),
        ("have a new draft written", 'regenerate {} --note "what to change"'),
        _RESCHEDULE,
        ("never publish it", "reject {}"),
    ),
    PostState.PUBLISHING: (("wait: this shows how far it is", "show {}"), _RETRACT),
    PostState.HELD: (
        _LOOK,
        ("look in Buffer: take it over if it is there, else create it", "approve {}"),
        ("end it: what is found in Buffer is deleted there", "reject {}"),
    ),
    PostState.SCHEDULED: (
        _RESCHEDULE,
        _EDIT,
        ("put it first in its channel's queue, if it is queued", "move {} --top"),
        _RETRACT,
    ),
    PostState.LATE: (
        _LOOK,
        ("have it published at once", "reschedule {} --mode shareNow"),
        _RESCHEDULE,
        _RETRACT,
    ),
    PostState.PULLED_BACK: (_RESCHEDULE, _EDIT, ("take it back for good", "retract {}")),
    PostState.SENT: (("look at it on the network; the link is still asked for", "show {}"),),
    PostState.ERROR: (
        _LOOK,
        ("publish it after all; what Buffer has is not created again", "redrive {}"),
        ("take it back: what is left of it in Buffer is deleted", "retract {}"),
        ("end it as it is: nothing more is done", "reject {}"),
    ),
    PostState.PUBLISHED: (
        ("nothing is left to do; to take it down, delete it on its network", ""),
    ),
    PostState.HANDED_TO_PERSON: (("publish it in Buffer, or on the phone that was reminded", ""),),
    PostState.RETRACTED: (_AGAIN,),
    PostState.REJECTED: (_AGAIN,),
    PostState.EXPIRED: (_AGAIN,),
    PostState.REFUSED: (_AGAIN,),
    PostState.FAILED: (_LOOK, _AGAIN),
}
