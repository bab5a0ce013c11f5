"""Requests to the AccountWorkflows, which own the calls to Buffer, and their views.

Whoever needs channels, limits, unsent posts or pauses asks here.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from app.advice import Action
from app.connections import Connections
from app.errors import (
    AppError,
    InvalidRequestError,
    NotAuthorizedError,
    NotFoundError,
    NoWorkerError,
    ServiceError,
)
from app.posts.directory import list_runs
from app.posts.views import answer
from galley.clients.setup_checks import media_hindrance
from galley.models.account import AskLimits, Outlook, Pause, PauseScope
from galley.models.base import Model
from galley.models.channel import ChannelDirectory
from galley.models.publishing import ListUnsent, UnsentPage, UnsentPost
from galley.publishing.job.state import AccountInput, AccountView
from galley.settings import Settings
from workflows import ids

if TYPE_CHECKING:
    from galley.clients.buffer.client import BufferClient, Organization

# Buffer's client and the workflow are imported where they are used: `list` reads views, and they
# take long to load.

_ANSWER_WITHIN = 30.0
"""Seconds; the answer may have to wait for Buffer's quota."""
_VIEWED_WITHIN = 2.0
"""A list must not wait long for pauses, which are only its first line."""
_PAUSES = (0.5, 1.0, 2.0)
"""Seconds until a request is repeated that Buffer's quota held up; then the person is told."""
_MOST_PAGES = 200
_BUSY = "Buffer:busy"
_USER_AGENT = "galley/0.1 (command line)"
_T = TypeVar("_T", bound=Model)


async def read_directory(
    client: Client, settings: Settings, organization_id: str | None = None, *, refresh: bool = False
) -> ChannelDirectory:
    """Return the channels, from the workflow that owns the calls to Buffer.

    Args:
        client: A client of Temporal.
        settings: The settings.
        organization_id: Missing: the one the key acts for.
        refresh: Whether to read them anew, however fresh they are.

    Raises:
        AppError: No worker answers, or Buffer does not.
    """
    wanted = organization_id or await organization(settings)
    update = "refresh_channels" if refresh else "channels"
    account = _Account(client, settings, wanted)
    return await account.ask_patiently(update, ChannelDirectory)


@dataclass(frozen=True)
class ChannelMap:
    """The channels of every organization that the key reaches."""

    organizations: tuple[ChannelDirectory, ...]
    used: str | None
    """The ID of the organization that campaigns use, if that is clear."""
    media_hindrance: str = ""
    """Why networks that take no post without media get none, in a sentence."""


async def read_channels(connections: Connections, *, refresh: bool) -> ChannelMap:
    """Return the channels of every organization.

    Args:
        connections: The settings, and Temporal.
        refresh: Whether to read them anew, however fresh they are.

    Raises:
        NotFoundError: The key reaches no organization.
        ServiceError: No worker answers, or Buffer does not.
    """
    settings, client = connections.settings, await connections.temporal()
    reached = await organizations(settings)
    if not reached:
        raise NotFoundError(
            "The Buffer key reaches no organization: use a key of an account that is a "
            "member of one."
        )
    found = await asyncio.gather(
        *(read_directory(client, settings, one.id, refresh=refresh) for one in reached)
    )
    only = reached[0].id if len(reached) == 1 else None
    hindrance = media_hindrance(settings)
    return ChannelMap(tuple(found), settings.buffer_organization or only, hindrance)


async def read_outlook(client: Client, settings: Settings, task: AskLimits) -> Outlook:
    """Return what Buffer still takes; what cannot be read is missing.

    Raises:
        AppError: No worker answers.
    """
    account = _Account(client, settings, task.organization_id)
    return await account.ask("limits", Outlook, task)


async def read_unsent(client: Client, settings: Settings) -> list[UnsentPost]:
    """Return every post that Buffer did not send, of all organizations of the key.

    A page of 50 is one request, made by the workflow that owns the calls to Buffer.

    Raises:
        AppError: Not all of it could be read: no worker answers, or Buffer does
            not, or its quota is used up.
    """
    return [
        post
        for one in await organizations(settings)
        for post in await unsent_of(client, settings, one.id)
    ]


async def unsent_of(client: Client, settings: Settings, organization_id: str) -> list[UnsentPost]:
    """Return those of one organization; as :func:`read_unsent`."""
    account, found = _Account(client, settings, organization_id), list[UnsentPost]()
    task = ListUnsent(organization_id=organization_id)
    for _ in range(_MOST_PAGES):
        page = await account.ask_patiently("unsent", UnsentPage, task)
        found += page.posts
        if page.next_page is None:
            return found
        task = task.model_copy(update={"after": page.next_page})
    raise ServiceError("Buffer's list of posts that were not sent does not end.")


async def organization(settings: Settings) -> str:
    """Return the id of the organization the key acts for.

    Raises:
        NotAuthorizedError: There is no key.
        BufferApiError: Buffer does not answer, or several organizations are reached.
    """
    if settings.buffer_organization:
        return settings.buffer_organization
    buffer = buffer_client(settings)
    from galley.clients.buffer.client import resolve_organization

    try:
        return (await resolve_organization(buffer, None)).id
    finally:
        await buffer.aclose()


async def organizations(settings: Settings) -> "tuple[Organization, ...]":
    """Return every organization the key reaches; one request.

    Raises:
        NotAuthorizedError: There is no key.
        BufferApiError: Buffer does not answer.
    """
    buffer = buffer_client(settings)
    try:
        return (await buffer.organizations()).value
    finally:
        await buffer.aclose()


def buffer_client(settings: Settings) -> "BufferClient":
    """Return a client for the key or the app in the settings.

    Raises:
        NotAuthorizedError: There is neither.
        InvalidRequestError: What the settings hold cannot be a key.
    """
    from galley.clients.buffer.client import BufferClient
    from galley.clients.buffer.renewal import buffer_token

    try:
        token = buffer_token(settings)
        if token is None:
            raise NotAuthorizedError(
                "There is no Buffer key: set BUFFER_API_KEY, or run the local stack.",
                Action.START_LOCAL_STACK,
            )
        return BufferClient(settings.buffer_api_url, token, timeout=15, user_agent=_USER_AGENT)
    except ValueError as error:
        raise InvalidRequestError(f"{error}.") from error


def _is_sent_away(error: AppError) -> bool:
    refused = error.__cause__
    said = refused.cause if isinstance(refused, WorkflowUpdateFailedError) else None
    return isinstance(said, ApplicationError) and said.type == _BUSY


@dataclass(frozen=True)
class _Account:
    """The AccountWorkflow of an organization, which is started if it does not run."""

    client: Client
    settings: Settings
    organization_id: str

    async def ask_patiently(self, update: str, answer: type[_T], *asked: Model) -> _T:
        """Ask, and again when sent away: a run that goes on as a new one answers."""
        for pause in _PAUSES:
            try:
                return await self.ask(update, answer, *asked)
            except AppError as error:
                if not _is_sent_away(error):
                    raise
                await asyncio.sleep(pause)
        try:
            return await self.ask(update, answer, *asked)
        except AppError as error:
            if not _is_sent_away(error):
                raise
            raise ServiceError(
                "Buffer's quota is used up, or calls to it are paused: try again after that.",
                Action.SEE_STATUS,
            ) from error

    async def ask(self, update: str, answer: type[_T], *asked: Model) -> _T:
        """Return what an update answers.

        Raises:
            AppError: No worker answers, or Buffer could not be asked.
        """
        try:
            # The SDK asks again and again while no worker is there to accept.
            async with asyncio.timeout(_ANSWER_WITHIN):
                try:
                    return await self._ask(update, answer, asked)
                except RPCError as error:
                    # Temporal says so of an update that meets the end of a run; the next run is
                    # told by a second one.
                    if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                        raise
                return await self._ask(update, answer, asked)
        except WorkflowUpdateFailedError as error:
            raise _not_asked(error) from error
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise NoWorkerError from error

    async def _ask(self, update: str, answer: type[_T], asked: tuple[Model, ...]) -> _T:
        # By name: the SDK's type of an async update hides what it returns.
        return await self.client.execute_update_with_start_workflow(  # pyright: ignore[reportUnknownMemberType] -- a ParamSpec inside
            update,
            args=asked,
            start_workflow_operation=self._start(),
            result_type=answer,
            rpc_timeout=timedelta(seconds=_ANSWER_WITHIN),
        )

    def _start(self) -> WithStartWorkflowOperation[Any, None]:
        from activities.publishing.account import policy_of
        from workflows.account.workflow import AccountWorkflow

        policy = policy_of(self.settings)
        return WithStartWorkflowOperation(
            AccountWorkflow.run,
            AccountInput(organization_id=self.organization_id, policy=policy),
            id=ids.account_id(self.organization_id),
            task_queue=ids.TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )


def _not_asked(error: WorkflowUpdateFailedError) -> AppError:
    cause = error.cause
    said = cause if isinstance(cause, ApplicationError) else None
    if said is None:
        return ServiceError("Buffer could not be asked.")
    is_key = "nauthorized" in (said.type or "")
    return (NotAuthorizedError if is_key else ServiceError)(said.message)


async def running_accounts(client: Client) -> list[str]:
    """Return the IDs of the workflows that own the calls to Buffer."""
    running = 'WorkflowType="AccountWorkflow" AND ExecutionStatus="Running"'
    return [run.id for run in await list_runs(client, running, 10)]


async def read_accounts(client: Client) -> list[AccountView]:
    """Return what each running AccountWorkflow says; none without a worker."""
    found = await asyncio.gather(
        *(read_account(client, one) for one in await running_accounts(client))
    )
    return [view for view in found if view is not None]


async def read_account(client: Client, workflow_id: str) -> AccountView | None:
    """Return what this AccountWorkflow says, or ``None`` if no worker answers."""
    handle = client.get_workflow_handle(workflow_id)
    within = timedelta(seconds=_VIEWED_WITHIN)
    try:
        # The SDK asks again and again while no worker is there to answer.
        async with asyncio.timeout(_VIEWED_WITHIN):
            query = handle.query("view", result_type=AccountView, rpc_timeout=within)
            return await answer(query)
    except TimeoutError:
        return None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def accounts_meant(client: Client, settings: Settings) -> list[str]:
    """Return the workflow IDs of the organizations a command is about.

    That is the one the settings name; else all that run, because whoever pauses means
    everything; else the one the key reaches.

    Raises:
        NotAuthorizedError: None runs, and there is no key to find the organization by.
        BufferApiError: None runs, and Buffer does not say which one it is.
    """
    if settings.buffer_organization:
        return [ids.account_id(settings.buffer_organization)]
    if running := await running_accounts(client):
        return running
    return [ids.account_id(await organization(settings))]


async def signal_account(
    client: Client, workflow_id: str, signal: str, said: object, settings: Settings
) -> None:
    """Signal an AccountWorkflow, starting it if it does not run."""
    from workflows.account.workflow import AccountWorkflow

    organization_id = workflow_id.removeprefix(ids.account_id(""))
    await client.start_workflow(
        AccountWorkflow.run,
        _input(organization_id, settings),
        id=workflow_id,
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        start_signal=signal,
        start_signal_args=[said],
    )


def _input(organization_id: str, settings: Settings) -> AccountInput:
    from activities.publishing.account import policy_of

    return AccountInput(organization_id=organization_id, policy=policy_of(settings))


def pauses_of(view: AccountView) -> tuple[Pause, ...]:
    """Return the pauses in force, the oldest first."""
    return tuple(one.pause for one in view.pauses)


def scope_words(scope: PauseScope) -> str:
    """Return in words what a pause covers."""
    words = (
        f"platform {scope.platform}" if scope.platform else "",
        f"channel {scope.channel_id}" if scope.channel_id else "",
        f"campaign {scope.campaign_key}" if scope.campaign_key else "",
    )
    return ", ".join(word for word in words if word) or "everything"


async def what_holds_buffer_up(client: Client) -> str:
    """Return why calls to Buffer wait (the quota, or a person's pause), or ``""``."""
    for view in await read_accounts(client):
        for pause in pauses_of(view):
            return f"{scope_words(pause.scope)} paused by {pause.by}"
        if view.quota_wait:
            return f"waiting for {view.quota_wait}"
    return ""
