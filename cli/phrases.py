"""Phrases that several commands print: times, counts, pauses, decisions, changes."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.accounts.workflows import scope_words
from app.health.notifications import Undelivered
from app.posts.states import state_words
from cli.errors import scope_options
from galley.models.account import Pause
from galley.models.review import ChangeKind, ChangeRequest, Decision, DecisionKind
from galley.publishing.job.pauses import cause_sentence
from galley.review.changes import ON_ITS_WAY
from galley.review.proof import proof_of

if TYPE_CHECKING:
    # Loads the workflows, which `list` does without.
    from app.review.decisions import DecisionResult

_WORKERS_NAMED = 3
LATER = "sent; it takes effect when a worker runs."

COLOURS = {
    "drafting": "cyan",
    "in_review": "yellow",
    "publishing": "cyan",
    "scheduled": "blue",
    "pulled_back": "magenta",
    "sent": "green",
    "published": "green",
    "handed_to_person": "green",
    "held": "red",
    "late": "red",
    "error": "red",
    "failed": "red",
}
"""Colour of each state on a terminal; the others, in which nothing happens, have none."""


def local(instant: datetime | None) -> str:
    """Return an instant in the person's own time zone."""
    return f"{instant.astimezone():%Y-%m-%d %H:%M:%S %Z}" if instant else ""


def day_and_time(instant: datetime | None) -> str:
    """Return an instant in twelve columns, in the person's own time zone: ``28 Nov 09:00``."""
    if instant is None:
        return ""
    there = instant.astimezone()
    is_near = abs(instant - datetime.now(UTC)) < timedelta(days=180)
    return f"{there:%d %b %H:%M}" if is_near else f"{there:%d %b %Y}"


def many(count: int, noun: str) -> str:
    """Return ``1 post``, ``2 posts``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def ago(seconds: float) -> str:
    """Return a span in its largest unit, rounded down: ``3 minutes``."""
    for unit, noun in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= unit:
            return many(int(seconds // unit), noun)
    return many(int(seconds), "second")


def polling_words(workers: Collection[str], queues: int) -> str:
    """Return how many workers poll how many task queues, and the names of some."""
    names = sorted(workers)
    more = ", …" if len(names) > _WORKERS_NAMED else ""
    named = f"{', '.join(names[:_WORKERS_NAMED])}{more}"
    return f"{many(len(names), 'worker')} ({named}) polling {many(queues, 'task queue')}"


def change_words(request: ChangeRequest) -> str:
    """Return a requested change in a few words: its kind, who wants it, and why."""
    to = {
        ChangeKind.RESCHEDULE: f" to {local(request.due_at) or request.mode}",
        ChangeKind.MOVE: f" to the {request.position} of the queue",
    }.get(request.kind, "")
    note = f": {request.note}" if request.note else ""
    return f"{request.kind}{to}, by {request.by}{note}"


def pause_line(pause: Pause) -> str:
    """Return who paused what, and the command that ends the pause."""
    when = f" since {local(pause.at)}" if pause.at else ""
    note = f": {pause.note}" if pause.note else ""
    why = f" {sentence}" if (sentence := cause_sentence(pause)) else ""
    return (
        f"Paused: {scope_words(pause.scope)}, by {pause.by}{when}{note}.{why} "
        f"To go on: galley resume{scope_options(pause.scope)}"
    )


def undelivered_words(message: Undelivered) -> str:
    """Return that a notification did not arrive, and where the reason stands."""
    how = "is still being tried" if message.is_tried else "did not arrive"
    return (
        f"A notification of {message.started_at:%Y-%m-%d %H:%M} UTC {how}: "
        f"{message.workflow_id} in the Temporal UI says why."
    )


def decision_line(result: "DecisionResult", said: Decision | None = None) -> str:
    """Return who may expect what, and when: network, channel, and what comes next.

    With the decision that was ``said`` it also names who decided, as a log of a review does.
    """
    view, name = result.view, result.workflow_id
    if view is not None:
        name = f"{view.platform} · {view.channel_name}"
    if not result.ok:
        return f"{name}: {result.error}"
    if not result.state:
        return f"{name}: {LATER}"
    more = "".join(f"\n  {problem}" for problem in result.problems)
    if result.is_proposal:
        more += (
            "\n  The approved draft stands until the change is approved: "
            f"galley approve {result.workflow_id}"
        )
    elif result.asked_of_buffer:
        more += "\n  Asked of Buffer, and not confirmed yet: `show` says how far it is."
    elif result.notice:
        more += f"\n  {result.notice}"
    return f"{name}: {_next_words(result, said)}{more}"


_LED_TO = {
    DecisionKind.EDIT: "edited by {by}, and shown again as revision {revision}",
    DecisionKind.REGENERATE: "a new draft is written for {by}, and shown in its turn",
    DecisionKind.REJECT: "rejected by {by}: it does not go out",
}


def _next_words(result: "DecisionResult", said: Decision | None) -> str:
    """Return what a decision led to: approved, and when it goes out, or its state."""
    view, by = result.view, f" by {said.by}" if said else ""
    if result.still_needed is not None:
        return f"your approval counts. It needs {result.still_needed.words}."
    if view is None or result.is_proposal or view.state not in ON_ITS_WAY:
        if said is not None and said.kind in _LED_TO:
            return _LED_TO[said.kind].format(by=said.by, revision=result.revision)
        # Another person is asked too, or the media could not be made public.
        told = f" (approved{by})" if said else ""
        words = state_words(result.state)
        return f"{words[:1].lower()}{words[1:]}, revision {result.revision}{told}"
    found, when = proof_of(view), "at once"
    if view.delivery.has_due_time and view.due_at and view.due_at > datetime.now(UTC):
        when = local(view.due_at)
    elif found is not None and not view.delivery.has_due_time:
        when = found.when
    revision = view.approved_revision or result.revision
    return f"approved{by} (revision {revision}), goes out {when}"
