"""The inquiry into one post: all that is known of it, and advice on the next steps.

It asks Temporal, the worker, the state bucket and AccountWorkflow; ``why`` prints the answers.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError
from temporalio.client import Client

from app.accounts.workflows import pauses_of, read_accounts, running_accounts
from app.advice import Action, Advice
from app.connections import Connections
from app.errors import InvalidRequestError
from app.posts.directory import PostRow, reach
from app.posts.views import hindrance, read_view
from app.records.history import Happening, buffer_happenings, post_happenings
from galley.clients.claims import read_claim, read_receipts
from galley.clients.storage import StoreError
from galley.models.account import Claim, Pause, Receipt, ReceiptKind
from galley.models.post import PostState, PostView
from galley.models.publishing import RateWindow
from galley.publishing.job.pauses import cause_sentence
from galley.publishing.job.record import ASKING
from galley.review.decisions import why_not_approved
from workflows import ids


@dataclass(frozen=True)
class Kept:
    """What the state bucket keeps of a post; ``error`` says why it is not known."""

    claim: Claim | None = None
    receipts: tuple[Receipt, ...] = ()
    error: str = ""

    @property
    def receipt(self) -> Receipt | None:
        """The latest receipt: what really became of it."""
        return self.receipts[-1] if self.receipts else None


@dataclass(frozen=True)
class Account:
    """What the workflow that owns the calls to Buffer knows of a post."""

    workflow_ids: tuple[str, ...] = ()
    """Of the one that has it; of all that run, where none says so."""
    is_answering: bool = False
    phase: str = ""
    is_changing: bool = False
    """Whether Buffer has not confirmed yet what a person asked for."""
    waiting_for: str = ""
    pauses: tuple[Pause, ...] = ()
    windows: tuple[RateWindow, ...] = ()

    @property
    def is_busy(self) -> bool:
        """Whether anything is still to be asked of Buffer for the post."""
        return self.is_changing or self.phase in ASKING


@dataclass(frozen=True)
class Findings:
    """All that is known of one post."""

    row: PostRow
    view: PostView | None
    hindrance: str
    """Why a step of it fails again and again, if one does."""
    kept: Kept
    account: Account
    happenings: tuple[Happening, ...]
    calls: tuple[Happening, ...]

    @property
    def in_order(self) -> list[Happening]:
        """What happened in Galley, and the calls to Buffer, the oldest first."""
        return sorted([*self.happenings, *self.calls], key=lambda one: one.at)


async def inquire(connections: Connections, name: str) -> Findings:
    """Gather what is known of the post with this name.

    Everybody is asked at once; who does not answer leaves a gap and no error.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: More than one thing has it, or it is a campaign.
    """
    waiting = connections.progress.waiting
    async with waiting("asking Temporal, the worker and the state bucket"):
        target = await reach(connections, name)
        if target.is_campaign:
            raise InvalidRequestError(
                f"{name!r} is a campaign: name one of its posts.", Action.SHOW, name
            )
        row = target.posts[0]
        client = await connections.temporal()
        job_id = row.workflow_id.removeprefix("post:")  # of its job, its claim and its receipt
        view, hinders, kept, account, happenings = await asyncio.gather(
            read_view(client, row.workflow_id),
            hindrance(client, row.workflow_id),
            _kept(connections, job_id),
            _account(client, row, job_id),
            post_happenings(client, row.workflow_id),
        )
        calls: list[Happening] = []
        for workflow_id in account.workflow_ids:
            calls += await buffer_happenings(client, workflow_id, job_id)
        return Findings(
            row=row,
            view=view,
            hindrance=hinders,
            kept=kept,
            account=account,
            happenings=tuple(happenings),
            calls=tuple(calls),
        )


async def _kept(connections: Connections, job_id: str) -> Kept:
    """Return the claim and the receipts of a post."""
    try:
        store = connections.state
        claim, receipts = await asyncio.gather(
            read_claim(store, job_id), read_receipts(store, f"{job_id}.")
        )
        return Kept(claim, receipts)
    except StoreError as error:
        return Kept(error=str(error))
    except ValidationError:
        return Kept(error="The claim or receipt cannot be read: look at the channel.")


async def _account(client: Client, row: PostRow, job_id: str) -> Account:
    """Return what AccountWorkflow knows; of several organizations, the one with the job."""
    views = await read_accounts(client)
    mine = [view for view in views if job_id in view.phases]
    for view in (mine or views)[:1]:
        phase = view.phases.get(job_id)
        return Account(
            workflow_ids=(ids.account_id(view.organization_id),),
            is_answering=True,
            phase=phase.value if phase else "",
            is_changing=job_id in view.changes,
            waiting_for=view.waiting_for,
            pauses=tuple(p for p in pauses_of(view) if row.is_covered_by(p.scope)),
            windows=view.windows,
        )
    return Account(workflow_ids=tuple(await running_accounts(client)))


def advice(found: Findings) -> list[Advice]:
    """Return what a person can do, the first thing first."""
    return [*_obstacles(found), *_by_state(found)]


def _obstacles(found: Findings) -> Iterator[Advice]:
    lives = found.row.state in {s.value for s in PostState if not s.is_final}
    if not lives:
        return
    if found.view is None:
        yield Advice("no worker answers, so nothing goes on: start one", Action.START_WORKER)
    if found.hindrance:
        yield Advice("see why a step fails again and again", Action.EXAMINE)
    for pause in found.account.pauses:
        why = f"end the pause by {pause.by}, for all posts that it covers"
        if sentence := cause_sentence(pause):
            why = f"{why}. {sentence}".rstrip(".")
        yield Advice(why, Action.RESUME, scope=pause.scope)


def _by_state(found: Findings) -> Iterator[Advice]:
    name, state = found.row.workflow_id, found.row.state
    if state not in set(PostState):
        yield from _ended(found)
        return
    may_go_out = found.view is None or why_not_approved(found.view) is None
    for why, action in _STATES[PostState(state)]:
        if action is not Action.APPROVE or may_go_out:
            yield Advice(why, action, name)
    if found.view is not None and found.view.proposal is not None and may_go_out:
        yield Advice("let the proposed edit out", Action.APPROVE, name)


def _ended(found: Findings) -> Iterator[Advice]:
    """A run that was ended from outside: nothing of Galley's follows the post now."""
    receipt, claim = found.kept.receipt, found.kept.claim
    is_there = receipt is not None and receipt.kind not in _NOT_THERE
    known = receipt.post.id if receipt and receipt.post and is_there else ""
    if post_id := (found.view.buffer_post_id if found.view else None) or known:
        yield Advice(
            f"Buffer has it as post {post_id}: nothing here follows it any more; "
            "delete it in Buffer if it must not go out"
        )
    elif claim is not None:
        yield Advice(
            "it was claimed and there is no receipt: look at the channel in Buffer, "
            "where it may or may not be"
        )
    else:
        yield Advice("it never was on its way to Buffer")
    yield Advice(*_AGAIN, found.row.workflow_id)


_NOT_THERE = {ReceiptKind.PULLED_BACK, ReceiptKind.RETRACTED}
"""Receipts after which Buffer does not have the post."""
_RESCHEDULE = ("give it another time", Action.RESCHEDULE)
_EDIT = ("change it; your change is approved with it, if its network takes it", Action.EDIT)
_RETRACT = ("take it back: it is deleted in Buffer", Action.RETRACT)
_AGAIN = ("post the source once more, with new drafts to approve", Action.START_AGAIN)
_LOOK = ("look at the channel in Buffer, and on the network itself", None)

_STATES: dict[PostState, tuple[tuple[str, Action | None], ...]] = {
    PostState.DRAFTING: (
        ("wait for the draft, then read it", Action.SHOW),
        ("if its text is there: do not wait for its media", Action.REGENERATE),
    ),
    PostState.IN_REVIEW: (
        ("read it", Action.SHOW),
        ("let it out", Action.APPROVE),
        _EDIT,
        ("have a new draft written", Action.REVISE),
        _RESCHEDULE,
        ("never publish it", Action.REJECT),
    ),
    PostState.PUBLISHING: (("wait: this shows how far it is", Action.SHOW), _RETRACT),
    PostState.HELD: (
        _LOOK,
        ("look in Buffer: take it over if it is there, else create it", Action.APPROVE),
        ("end it: a post that is found in Buffer is deleted there", Action.REJECT),
    ),
    PostState.SCHEDULED: (
        _RESCHEDULE,
        _EDIT,
        ("put it first in its channel's queue, if it is queued", Action.MOVE_TO_TOP),
        _RETRACT,
    ),
    PostState.LATE: (
        _LOOK,
        ("have it published at once", Action.PUBLISH_NOW),
        _RESCHEDULE,
        _RETRACT,
    ),
    PostState.PULLED_BACK: (_RESCHEDULE, _EDIT, ("take it back for good", Action.RETRACT)),
    PostState.SENT: (
        ("look at it on the network; Buffer is still asked for the link", Action.SHOW),
    ),
    PostState.ERROR: (
        _LOOK,
        ("publish it after all; a post that Buffer has is not created again", Action.REDRIVE),
        ("take it back: its remains in Buffer are deleted", Action.RETRACT),
        ("end it as it is: nothing more is done", Action.REJECT),
    ),
    PostState.PUBLISHED: (
        ("nothing is left to do; to take it down, delete it on its network", None),
    ),
    PostState.HANDED_TO_PERSON: (
        ("publish it in Buffer, or on the phone that was reminded", None),
    ),
    PostState.RETRACTED: (_AGAIN,),
    PostState.REJECTED: (_AGAIN,),
    PostState.EXPIRED: (_AGAIN,),
    PostState.FAILED: (_LOOK, _AGAIN),
}
