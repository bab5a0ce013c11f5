"""Gather all that is known of one post, from every place that knows something."""

import asyncio
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from temporalio.client import Client

from app.accounts.workflows import pauses_of, read_accounts, running_accounts
from app.connections import Connections
from app.errors import InvalidRequestError
from app.posts.directory import PostRow
from app.posts.names import reach
from app.posts.views import hindrance, read_view
from app.records.history import Happening, buffer_happenings, post_happenings
from galley.clients.storage import StoreError
from galley.models import Claim, Pause, PostView, RateWindow, Receipt
from galley.publishing.job.state import AccountView
from workflows import ids

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Kept:
    """What the state bucket keeps of a post; ``error`` says why it is not known."""

    claim: Claim | None = None
    receipt: Receipt | None = None
    error: str = ""


@dataclass(frozen=True)
class Account:
    """What the workflow that owns the calls to Buffer knows of a post."""

    workflow_ids: tuple[str, ...] = ()
    """Of the one that has it; of all that run, where none says so."""
    is_answering: bool = False
    phase: str = ""
    waiting_for: str = ""
    pauses: tuple[Pause, ...] = ()
    windows: tuple[RateWindow, ...] = ()


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
    def job_id(self) -> str:
        """Its idempotency key: the name of its job, claim and receipt."""
        return job_id_of(self.row)


def job_id_of(row: PostRow) -> str:
    """Return the idempotency key of a listed post."""
    return row.workflow_id.removeprefix("post:")


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
                f"{name!r} is a campaign: name one of its posts, as `starter.py show "
                f"{name}` lists them."
            )
        return await _inquire(connections, target.posts[0])


async def _inquire(connections: Connections, row: PostRow) -> Findings:
    client = await connections.temporal()
    view, hinders, kept, account, happenings = await asyncio.gather(
        read_view(client, row.workflow_id),
        hindrance(client, row.workflow_id),
        _kept(connections, job_id_of(row)),
        _account(client, row),
        post_happenings(client, row.workflow_id),
    )
    calls: list[Happening] = []
    for workflow_id in account.workflow_ids:
        calls += await buffer_happenings(client, workflow_id, job_id_of(row))
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
    """Return the claim and the receipt of a post."""
    try:
        store = connections.state
        claim, receipt = await asyncio.gather(
            store.get(f"claims/{job_id}.json"), store.get(f"receipts/{job_id}.json")
        )
        return Kept(_parsed(Claim, claim), _parsed(Receipt, receipt))
    except StoreError as error:
        return Kept(error=str(error))
    except ValidationError:
        return Kept(error="The claim or receipt cannot be read: look at the channel.")


def _parsed(model: type[M], data: bytes | None) -> M | None:
    return model.model_validate_json(data) if data else None


async def _account(client: Client, row: PostRow) -> Account:
    """Return what is known there; of several organizations, the one that has it."""
    views = await read_accounts(client)
    mine = [view for view in views if job_id_of(row) in view.phases]
    if chosen := (mine or views)[:1]:
        return _seen(chosen[0], row)
    return Account(workflow_ids=tuple(await running_accounts(client)))


def _seen(view: AccountView, row: PostRow) -> Account:
    phase = view.phases.get(job_id_of(row))
    return Account(
        workflow_ids=(ids.account_id(view.organization_id),),
        is_answering=True,
        phase=phase.value if phase else "",
        waiting_for=view.waiting_for,
        pauses=tuple(p for p in pauses_of(view) if row.is_covered_by(p.scope)),
        windows=view.windows,
    )
