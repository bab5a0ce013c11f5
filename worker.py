"""The composition root: settings → clients → activities → Worker."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pydantic
from dotenv import load_dotenv
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from activities.account import AccountAddress, AccountGate, Hosting
from activities.batching import DraftBatches
from activities.budgeting import BudgetKeeper
from activities.clipping import Clipping
from activities.condensing import SourceCondensing
from activities.drafting import ClaudeDrafting
from activities.feeds import FeedFollowing
from activities.filming import Filming
from activities.fitting import MediaFitting
from activities.generating import GeneratingMedia
from activities.hosting import PublicHosting
from activities.interfaces import (
    ClippingActivities,
    FilmingActivities,
    FittingActivities,
    GenerationActivities,
    PaidTranscriptionActivities,
    SourcePictureActivities,
    TranscriptionActivities,
)
from activities.media import CardMedia
from activities.media_models import file_hosts, media_models
from activities.media_orders import MediaOrders
from activities.media_purse import MediaPurse
from activities.ordering import OrderingTranscripts
from activities.organization import OrganizationLookup
from activities.policy import policy_of
from activities.publishing import BufferPublishing
from activities.source_pictures import SourcePictures
from activities.sources import SourceReading
from activities.speech_purse import SpeechPurse
from activities.telling import PostTelling
from activities.transcribing import Transcribing
from activities.voice import VoiceAddress, VoiceGate
from activities.writing import PieceWriting
from galley.clients.anthropic import DraftClient
from galley.clients.batches import BatchClient
from galley.clients.buffer.access import buffer_token
from galley.clients.buffer.client import BufferClient
from galley.clients.condensing import CondenseClient
from galley.clients.guards import (
    UnreachableMediaError,
    outsider_of,
    refuse_unreachable_media,
)
from galley.clients.public_path import PublicPath
from galley.clients.replicate import DEADLINE_SECONDS, ReplicateClient
from galley.clients.storage import ObjectStore, StoreError
from galley.clients.stores.opening import open_stores
from galley.clients.temporal import connect
from galley.clients.transcribers import replicate_token
from galley.costs.prices import known_prices
from galley.settings import Settings, ceilings_of
from workflows import ids
from workflows.account import AccountWorkflow
from workflows.campaign import CampaignWorkflow
from workflows.clips import ClipsWorkflow
from workflows.feed import FeedWorkflow
from workflows.piece import PieceWorkflow
from workflows.post import PostWorkflow
from workflows.voice import VoiceWorkflow

_USER_AGENT = "galley/0.1"
_BUFFER_TIMEOUT = 45.0
"""Seconds; below the activities' own, so that the client gives up first."""
_AT_ONCE = 8
"""Transcriptions; of those on this machine one is worked at, and the others wait."""
_MEDIA_AT_ONCE = 4
_GENERATED_AT_ONCE = 40
"""Orders that are waited for; the models run elsewhere."""
_GRACE = timedelta(seconds=75)
"""Longer than a request to Buffer: a deploy lets a createPost finish."""


def activities_of(
    client: Client, settings: Settings, buffer: BufferClient
) -> list[Callable[..., object]]:
    """Return every activity, wired to its clients."""
    stores = open_stores(settings)
    state = stores.state
    hosting = PublicHosting(state, stores.media, outsider_of(settings))
    prices = known_prices()
    keeper = BudgetKeeper(state, ceilings_of(settings), prices, settings.draft_model)
    drafting = ClaudeDrafting(state, _draft_client(settings), keeper)
    batches = DraftBatches(state, _batch_client(settings), drafting)
    writing = PieceWriting(state, _draft_client(settings), keeper)
    condensing = SourceCondensing(state, _condense_client(settings), keeper)
    publishing = BufferPublishing(buffer, hosting)
    gate = AccountGate(
        client,
        AccountAddress(
            AccountWorkflow.__name__,
            ids.TASK_QUEUE,
            ids.account_id,
            OrganizationLookup(buffer, settings.buffer_organization),
        ),
        policy_of(settings),
        state,
        Hosting(
            hosting, trouble=PublicPath(stores.media, outsider_of(settings)).trouble
        ),
    )
    address = VoiceAddress(VoiceWorkflow.__name__, ids.TASK_QUEUE, ids.voice_id)
    voice = VoiceGate(client, address, state)
    feeds = FeedFollowing(state, settings)
    clipping = Clipping(state, settings)
    speech = Transcribing(state, settings)
    orders = _ordering(settings, state, keeper)
    generating = _generating(settings, state, keeper)
    return [
        SourceReading(state, settings).read_source,
        speech.cut_recording,
        speech.transcribe_part,
        speech.join_transcript,
        orders.order_transcript,
        orders.await_transcript,
        orders.store_transcript,
        feeds.check_feed,
        feeds.enter_items,
        condensing.condense_source,
        keeper.reserve_budget,
        batches.submit_batch,
        batches.read_batch,
        batches.cancel_batch,
        drafting.write_draft,
        drafting.check_draft,
        writing.write_piece,
        CardMedia(state, settings.ffmpeg).render_media,
        MediaFitting(state, settings.ffmpeg).fit_media,
        generating.order_media,
        generating.await_media,
        generating.store_media,
        SourcePictures(state, settings).fetch_pictures,
        hosting.rehost_assets,
        clipping.choose_clips,
        clipping.cut_clip,
        Filming(state, settings.ffmpeg).film_short,
        gate.open_account,
        gate.ask_limits,
        gate.hand_over,
        gate.hand_change,
        PostTelling(client, state).tell_posts,
        voice.teach_voice,
        voice.recall_lessons,
        publishing.list_channels,
        publishing.create_post,
        publishing.find_post,
        publishing.read_outcomes,
        publishing.edit_post,
        publishing.delete_post,
        publishing.move_post,
        publishing.read_post,
        publishing.read_limits,
    ]


def worker_of(client: Client, activities: list[Callable[..., object]]) -> Worker:
    """Return the worker of the one task queue."""
    return Worker(
        client,
        task_queue=ids.TASK_QUEUE,
        workflows=[
            CampaignWorkflow,
            PostWorkflow,
            AccountWorkflow,
            FeedWorkflow,
            PieceWorkflow,
            ClipsWorkflow,
            VoiceWorkflow,
        ],
        activities=activities,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        max_concurrent_activities=20,
        graceful_shutdown_timeout=_GRACE,
        # A worker that was killed holds its workflows back for this long.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=3),
        # Input that does not fit fails its run; any other bug retries until mended.
        workflow_failure_exception_types=[pydantic.ValidationError],
    )


def speech_worker_of(client: Client, activities: list[Callable[..., object]]) -> Worker:
    """Return the worker of the transcriptions."""
    return Worker(
        client,
        task_queue=ids.speech_queue(ids.TASK_QUEUE),
        activities=[one for one in activities if _is_of_speech(one)],
        max_concurrent_activities=_AT_ONCE,
        graceful_shutdown_timeout=timedelta(seconds=5),
    )


def media_worker_of(client: Client, activities: list[Callable[..., object]]) -> Worker:
    """Return the worker of media that take long: few at once, each may fill a core."""
    return Worker(
        client,
        task_queue=ids.media_queue(ids.TASK_QUEUE),
        activities=[one for one in activities if _is_of_media(one)],
        max_concurrent_activities=_MEDIA_AT_ONCE,
        graceful_shutdown_timeout=timedelta(seconds=5),
    )


def generation_worker_of(
    client: Client, activities: list[Callable[..., object]]
) -> Worker:
    """Return the worker of media that are generated elsewhere: mostly it waits."""
    return Worker(
        client,
        task_queue=ids.generation_queue(ids.TASK_QUEUE),
        activities=[one for one in activities if _is_of_generation(one)],
        max_concurrent_activities=_GENERATED_AT_ONCE,
        graceful_shutdown_timeout=timedelta(seconds=5),
    )


def _is_of_generation(activity: Callable[..., object]) -> bool:
    return isinstance(getattr(activity, "__self__", None), GenerationActivities)


def _is_of_media(activity: Callable[..., object]) -> bool:
    return isinstance(
        getattr(activity, "__self__", None),
        FittingActivities
        | SourcePictureActivities
        | ClippingActivities
        | FilmingActivities,
    )


def _is_of_speech(activity: Callable[..., object]) -> bool:
    return isinstance(
        getattr(activity, "__self__", None),
        TranscriptionActivities | PaidTranscriptionActivities,
    )


def _ordering(
    settings: Settings, state: ObjectStore, keeper: BudgetKeeper
) -> OrderingTranscripts:
    model = settings.replicate_model
    client = ReplicateClient(
        replicate_token(settings) or "none", settings.replicate_base_url, model
    )
    listed = known_prices().seconds.get(model.partition(":")[0])
    price = settings.replicate_usd_per_second
    purse = SpeechPurse(
        state,
        keeper,
        ceilings_of(settings),
        listed if price is None else price,
        DEADLINE_SECONDS,
    )
    return OrderingTranscripts(state, client, purse)


def _generating(
    settings: Settings, state: ObjectStore, keeper: BudgetKeeper
) -> GeneratingMedia:
    purse = MediaPurse(state, keeper, ceilings_of(settings))
    return GeneratingMedia(
        state,
        media_models(settings, known_prices()),
        MediaOrders(state, purse),
        file_hosts(settings),
    )


def _draft_client(settings: Settings) -> DraftClient:
    key = settings.anthropic_api_key
    return DraftClient(
        api_key=key.get_secret_value() if key else None,
        base_url=settings.anthropic_base_url,
        model=settings.draft_model,
        effort=settings.draft_effort,
    )


def _batch_client(settings: Settings) -> BatchClient:
    key = settings.anthropic_api_key
    return BatchClient(
        api_key=key.get_secret_value() if key else None,
        base_url=settings.anthropic_base_url,
        model=settings.draft_model,
        effort=settings.draft_effort,
    )


def _condense_client(settings: Settings) -> CondenseClient:
    key = settings.anthropic_api_key
    return CondenseClient(
        api_key=key.get_secret_value() if key else None,
        base_url=settings.anthropic_base_url,
        model=settings.condense_model,
        effort="low",
    )


def _buffer_client(settings: Settings) -> BufferClient:
    try:
        return BufferClient(
            settings.buffer_api_url,
            buffer_token(settings) or "",
            timeout=_BUFFER_TIMEOUT,
            user_agent=_USER_AGENT,
        )
    except ValueError as error:
        raise RuntimeError(f"{error}.") from error


async def run() -> None:
    """Poll until SIGINT or SIGTERM, then let what is running finish."""
    settings = Settings()
    refuse_unreachable_media(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    client = await connect()
    buffer = _buffer_client(settings)
    try:
        activities = activities_of(client, settings, buffer)
        async with (
            worker_of(client, activities),
            speech_worker_of(client, activities),
            media_worker_of(client, activities),
            generation_worker_of(client, activities),
        ):
            print(f"Worker polling task queue {ids.TASK_QUEUE}", flush=True)  # noqa: T201 - tells whoever started it that it is ready
            await stop.wait()
    finally:
        await buffer.aclose()


def main() -> None:
    """Run the worker; expected trouble is one sentence and an exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    # Temporal's and Google's own libraries read the environment, not our settings.
    load_dotenv(Path(".env"))
    # At DEBUG the SDK logs request bodies: the source and the drafts.
    os.environ.pop("ANTHROPIC_LOG", None)
    code = 0
    try:
        asyncio.run(run())
    except (UnreachableMediaError, StoreError, RuntimeError) as error:
        print(f"The worker cannot start: {error}", file=sys.stderr)  # noqa: T201
        code = 1
    # The SDK may abort at interpreter exit after success:
    # https://github.com/temporalio/sdk-python/issues/300
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
