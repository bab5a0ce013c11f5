"""Check the options of a campaign and start it once; :func:`start_once` starts pieces and clips."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import BaseModel
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

from app.advice import Action
from app.brands.personas import keep_persona, ref_of
from app.campaigns.attachments import GivenFile, attach
from app.campaigns.plan import busy_times
from app.campaigns.sources import GivenSource, upload
from app.connections import Connections
from app.errors import (
    AppError,
    ConflictError,
    InvalidOptionError,
    InvalidRequestError,
    OtherOptionsError,
)
from app.posts.directory import list_posts
from app.posts.views import first_input
from galley.clients.setup_checks import media_hindrance, refuse_unsafe_set_up
from galley.clients.storage import ObjectStore
from galley.clients.team_file import TeamError, team_of
from galley.models.brand import Persona
from galley.models.campaign import CampaignInput
from galley.models.channel import Channel, Delivery
from galley.models.draft import Draft
from galley.models.media import Attachment, CardKind, MediaMaker
from galley.models.network import NetworkExtras, Platform
from galley.models.options import Approval, CampaignOptions, Form, MediaOptions
from galley.models.records import RunRecord
from galley.models.schedule import Timing
from galley.networks.checks import extras_problems
from galley.networks.registry import rules_for
from galley.records.run_records import records_of
from galley.settings import Settings
from galley.sources.identity import identity_of
from workflows import ids
from workflows.campaign.workflow import CampaignWorkflow
from workflows.details import literal
from workflows.post.media import BUILT

TRANSCRIPT = "transcript"
"""The name of a difference: the recording was given with another transcript."""


@dataclass(frozen=True)
class CampaignRequest:
    """A campaign as a face asks for it, in the voice of ``persona``."""

    source: GivenSource
    options: CampaignOptions
    persona: Persona | None = None
    edition: int = 1
    started_by: str = ""
    files: tuple[GivenFile, ...] = ()
    """Pictures and films of the person's own."""
    staged: tuple[Attachment, ...] = ()
    """Those that are in staging already."""


@dataclass(frozen=True)
class Started:
    """A campaign that runs, or ran; ``is_new`` if this call began it."""

    campaign_id: str
    is_new: bool


def campaign_input(request: CampaignRequest, settings: Settings) -> CampaignInput:
    """Return the workflow's input: all that can be checked without asking anybody.

    Raises:
        SetUpError: Buffer is live, and is not waited for.
        InvalidOptionError: The options exclude each other, or ask for media that Buffer
            could never fetch.
        SourceError: The source cannot be used.
    """
    refuse_unsafe_set_up(settings)
    check_options(request.options)
    _check_reach(request.options, settings, has_files=bool(request.files or request.staged))
    spec, options = request.source.spec, request.options
    if request.persona is not None:
        options = options.in_voice_of(ref_of(request.persona))
    options = _under_policy(options, settings)
    return CampaignInput(
        key=ids.campaign_key(identity_of(spec), request.edition),
        source=spec,
        edition=request.edition,
        options=options,
        publish_lead=timedelta(seconds=settings.publish_lead_seconds),
        started_by=request.started_by[:120],
    )


def _under_policy(options: CampaignOptions, settings: Settings) -> CampaignOptions:
    """Return the options as the team lets them be; the posts obey the policies of their channels.

    Raises:
        InvalidOptionError: Nobody but a person may approve, on any channel.
        InvalidRequestError: The team file cannot be used.
    """
    try:
        team = team_of(settings)
    except TeamError as error:
        raise InvalidRequestError(str(error)) from None
    is_auto = options.review.approval is Approval.AUTO
    may_be = team is not None and any(one.auto_approve for one in team.policies.values())
    if is_auto and not (options.persona and may_be):
        raise InvalidOptionError(
            "{review.approval} auto needs a persona, and a policy of the channels in the team file "
            "(GALLEY_TEAM) that says auto_approve: true."
        )
    return options.signed() if team else options


async def start_campaign(connections: Connections, request: CampaignRequest) -> Started:
    """Start a campaign, or find the one that this source has already.

    A failed campaign may be started again: its posts are guarded by IDs of their own.

    Raises:
        OtherOptionsError: The source has one that was started with other options.
        InvalidOptionError: The options exclude each other.
        SetUpError: The settings cannot work together.
        SourceError: The source cannot be used.
    """
    start = campaign_input(request, connections.settings)
    if request.files or request.staged:
        attached = await attach(connections, request.files)
        start = start.with_attached((*request.staged, *attached))
    if request.persona is not None:
        await keep_persona(request.persona, connections.state, connections.progress)
    return await submit(connections, start, request.source)


async def submit(connections: Connections, start: CampaignInput, source: GivenSource) -> Started:
    """Upload the files of a source and start its campaign; as :func:`start_campaign`.

    Args:
        connections: Where it runs, and where its files go.
        start: The input; its persona is in the state bucket.
        source: Its source.
    """
    client = await connections.temporal()
    await upload(source, connections)
    campaign_id = ids.campaign_id(start.key)
    start = start.beside(await busy_times(client, start))
    is_new = await start_once(
        client,
        CampaignWorkflow.run,
        start,
        campaign_id,
        summary=f"campaign · {start.source.name}",
        digest=digest(start),
    )
    if is_new:
        return Started(campaign_id, is_new=True)
    await _refuse_erased(connections.state, start)
    # The digests may differ though no option does: an earlier version made the first.
    names = await differing(client, campaign_id, start, digest(start), difference)
    if names == ("platforms",):
        return Started(campaign_id, is_new=await _add_networks(client, start))
    if names:
        raise OtherOptionsError(
            f"the campaign {campaign_id}, started", names, start.edition + 1, "to post it once more"
        )
    return Started(campaign_id, is_new=False)


async def _add_networks(client: Client, start: CampaignInput) -> bool:
    """Run the campaign again for the networks that it has no post on; no if there are none.

    Raises:
        ConflictError: Its posts are still being planned.
    """
    campaign_id = ids.campaign_id(start.key)
    rows = await list_posts(client, f'GalleyCampaign="{campaign_id}"')
    there = {row.platform for row in rows}
    missing = tuple(one for one in start.options.platforms if one not in there)
    if not missing:
        return False
    try:
        await client.start_workflow(
            CampaignWorkflow.run,
            start.on(missing),
            id=campaign_id,
            task_queue=ids.TASK_QUEUE,
            # The posts that there are keep IDs that no run can use again.
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            memo={"digest": digest(start)},
            static_summary=literal(f"campaign · {start.source.name}"[:200]),
        )
    except WorkflowAlreadyStartedError:
        raise ConflictError(
            f"{campaign_id} is still being planned: add networks once it is."
        ) from None
    return True


async def _refuse_erased(state: ObjectStore, start: CampaignInput) -> None:
    """Refuse to show a campaign whose words and media were erased.

    Raises:
        ConflictError: It was; another edition may be started.
    """
    campaign_id = ids.campaign_id(start.key)
    for name in await state.names(records_of(start.key)):
        record = RunRecord.model_validate_json(await state.get(name) or b"")
        if record.workflow_id == campaign_id and record.erased is not None:
            raise ConflictError(
                f"{campaign_id} was erased by {record.erased.by}: nothing of it is left, and what "
                "it posted is not posted again.",
                Action.START_AGAIN,
                campaign_id,
            )


def digest(start: CampaignInput) -> str:
    """Return the SHA-256 by which two starts of one source are compared."""
    content = start.options.digest + (start.source.transcript or "")
    return hashlib.sha256(content.encode()).hexdigest()


def difference(first: CampaignInput, second: CampaignInput) -> list[str]:
    """Return the options in which two starts of a source differ."""
    names = list(first.options.differences(second.options))
    if first.source.transcript != second.source.transcript:
        names.append(TRANSCRIPT)
    return names


_Input = TypeVar("_Input", bound=BaseModel)
_Result = TypeVar("_Result")


async def start_once(
    client: Client,
    run: Callable[[Any, _Input], Awaitable[Any]],
    start: _Input,
    workflow_id: str,
    *,
    summary: str,
    digest: str = "",
) -> bool:
    """Start a workflow whose ID is made of its source; no if it was started before.

    One that failed is started again.

    Args:
        client: Where it runs.
        run: Its ``run`` method.
        start: Its input.
        workflow_id: One of ``ids``.
        summary: What the Temporal UI calls it; cut to the 200 characters it takes.
        digest: Of the input, for :func:`differing`; missing: it is not compared.
    """
    try:
        await client.start_workflow(
            run,
            start,
            id=workflow_id,
            task_queue=ids.TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            memo={"digest": digest} if digest else None,
            static_summary=literal(summary)[:200],
        )
    except WorkflowAlreadyStartedError:
        return False
    return True


async def differing(
    client: Client,
    workflow_id: str,
    start: _Input,
    digest: str,
    options: Callable[[_Input, _Input], Iterable[str]],
) -> tuple[str, ...]:
    """Return the options in which an input differs from that of the earlier start.

    Args:
        client: Where it runs.
        workflow_id: What was started before.
        start: The input it was not started with now.
        digest: Of that input.
        options: Names the options in which the earlier input and the later differ.
    """
    handle = client.get_workflow_handle(workflow_id)
    if await (await handle.describe()).memo_value("digest", "") == digest:
        return ()
    first = await first_input(client, workflow_id, type(start))
    return ("its settings",) if first is None else tuple(options(first, start))


async def ended(result: Awaitable[_Result]) -> _Result:
    """Return the result of a workflow.

    Raises:
        AppError: It failed; the message is that of the step that failed.
    """
    try:
        return await result
    except WorkflowFailureError as error:
        cause = error.cause
        while cause.__cause__ is not None and not isinstance(cause, ApplicationError):
            cause = cause.__cause__
        why = getattr(cause, "message", "") or str(cause)
        raise AppError(why) from None


# Options that exclude each other


def _check_reach(options: CampaignOptions, settings: Settings, *, has_files: bool) -> None:
    """Refuse to make media that Buffer could never fetch; networks that need some are skipped."""
    media = options.media
    is_usual = media.maker in {MediaMaker.CARD, MediaMaker.NONE} and media.card is None
    if is_usual and options.form is not Form.CAROUSEL and not has_files:
        return
    if why := media_hindrance(settings):
        asked = "{media.card}" if media.card else "{media.maker}"
        asked = "{media.attached}" if has_files else asked
        asked = "{form}" if options.form is Form.CAROUSEL else asked
        raise InvalidOptionError(f"Leave {asked} away, for posts without media. {why}")


def check_options(options: CampaignOptions) -> None:
    """Refuse options that exclude each other, or that no network could take.

    Raises:
        InvalidOptionError: The first one that cannot be.
    """
    posting = options.posting
    _check_media(options.media, options.form)
    _check_times(options.timing, posting.delivery)
    for platform, message in misfits(posting.networks):
        raise InvalidOptionError(f"{{posting.networks.{platform}}}: {message}")


def _check_media(media: MediaOptions, form: Form) -> None:
    maker = media.maker
    if maker not in BUILT:
        known = ", ".join(one for one in MediaMaker if one in BUILT)
        raise InvalidOptionError(
            f"{{media.maker}} {maker} is not in this version: choose one of {known}."
        )
    if form is Form.CAROUSEL and maker is not MediaMaker.CARD:
        raise InvalidOptionError("The slides of a carousel are drawn: leave {media.maker} away.")
    on_photos = maker is MediaMaker.SHORT and media.card is CardKind.PHOTO
    if media.card and maker is not MediaMaker.CARD and not on_photos:
        raise InvalidOptionError(
            f"{{media.card}} draws a card and {{media.maker}} {maker} none: leave one away."
        )
    if media.card and form is Form.CAROUSEL:
        raise InvalidOptionError("The slides of a carousel are drawn: leave {media.card} away.")
    if media.narrate and maker is not MediaMaker.SHORT:
        raise InvalidOptionError(
            "{media.narrate} reads a film of words aloud: add {media.maker} short."
        )


def _check_times(timing: Timing, delivery: Delivery) -> None:
    """Refuse times where Buffer, or a person, decides when a post goes out."""
    given = [
        f"{{timing.{name}}}"
        for name in ("start_at", "every", "quiet", "gap", "slots")
        if getattr(timing, name)
    ]
    if delivery.has_due_time or not given:
        return
    mode = f"{{posting.delivery.mode}} {delivery.mode}"
    why = f"With {mode} Buffer decides when a post goes out"
    if delivery.save_to_draft:
        why = "A draft in Buffer has no time; a person schedules it there"
    raise InvalidOptionError(f"{why}: leave {' and '.join(given)} away, or choose another mode.")


def misfits(networks: NetworkExtras) -> Iterator[tuple[Platform, str]]:
    """Yield the problems of each network's extras that no text could mend, as sentences.

    Told at the start, they need not be told with every draft.
    """
    for extras in networks.given:
        rules = rules_for(extras.platform)
        channel = Channel(id="", name=rules.name, platform=extras.platform)
        # The link of the source is not known yet; a button may lead to it.
        plain = Draft(text="-", link="https://example.com", extras=extras)
        drawn = [rules.required_media] if rules.required_media else []
        for problem in extras_problems(plain, channel, drawn):
            yield extras.platform, problem.message
