"""The activities of a worker, wired to their clients as the settings say; for worker.py."""

from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import Client

from activities.budget.ceilings import BudgetKeeper
from activities.budget.payments import OrderBudget, TranscriptBudget
from activities.drafting.briefs import SourceCondensing
from activities.drafting.drafts import ModelDrafting
from activities.drafting.pieces import PieceWriting
from activities.drafting.voice import VoiceAddress, VoiceGateway
from activities.media.cards import CardMedia
from activities.media.clips import Clipping
from activities.media.films import Filming
from activities.media.fit import MediaFitting
from activities.media.generation import GeneratingMedia
from activities.media.hosting import PublicHosting
from activities.media.models import file_hosts, media_models
from activities.media.orders import MediaOrders
from activities.notifications.messages import Attention, Notifying
from activities.publishing.account import AccountAddress, AccountGateway, Hosting, policy_of
from activities.publishing.fence import AttemptFence
from activities.publishing.memory import AccountRemembering
from activities.publishing.organization import OrganizationLookup
from activities.publishing.post_news import PostTelling
from activities.publishing.requests import BufferPublishing
from activities.publishing.team import TeamGate
from activities.records.run_records import Auditing
from activities.sources.documents import SourceReading
from activities.sources.feeds import FeedFollowing
from activities.sources.pictures import SourcePictures
from activities.sources.transcript_orders import OrderingTranscripts
from activities.sources.transcription import Transcribing
from galley.budget.prices import known_prices
from galley.clients.anthropic import ChoosingClient, CondenseClient, DraftClient, StructuredClient
from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.renewal import buffer_token
from galley.clients.event_queue import EventQueue
from galley.clients.public_fetch import PublicPath
from galley.clients.replicate import DEADLINE_SECONDS, ReplicateClient
from galley.clients.setup_checks import media_hindrance, public_fetch_of
from galley.clients.storage import ObjectStore
from galley.clients.stores.buckets import Stores, open_stores
from galley.clients.team_file import TeamFile
from galley.clients.transcribers import replicate_token
from galley.media.captions import Frame
from galley.settings import SECRETS, Settings
from workflows import ids
from workflows.account.workflow import AccountWorkflow
from workflows.ids import Queue
from workflows.voice import VoiceWorkflow

_ClientT = TypeVar("_ClientT", bound=StructuredClient[Any])
_USER_AGENT = "galley/0.1"
# Seconds; half of the activity's own limit, so that the client gives up first and the
# reply says why.
_BUFFER_TIMEOUT = 45.0


def _claude(
    kind: type[_ClientT], settings: Settings, *, model: str = "", effort: str = ""
) -> _ClientT:
    """Return a client of Claude; the model that writes drafts, if no other is named."""
    key = settings.anthropic_api_key
    return kind(
        api_key=key.get_secret_value() if key else None,
        base_url=settings.anthropic_base_url,
        model=model or settings.draft_model,
        effort=effort or settings.draft_effort,
    )


def buffer_client(settings: Settings) -> BufferClient:
    """Return the client of Buffer.

    Raises:
        RuntimeError: A key must not be sent to the address of the settings.
    """
    try:
        return BufferClient(
            settings.buffer_api_url,
            buffer_token(settings) or "",
            timeout=_BUFFER_TIMEOUT,
            user_agent=_USER_AGENT,
        )
    except ValueError as error:
        raise RuntimeError(f"{error}.") from error


# The secrets that a queue needs, beside those of Temporal and the store. Sources and media are
# strangers' bytes.
_KEYS: dict[Queue, frozenset[str]] = {
    Queue.POSTS: frozenset({"anthropic_api_key"}),
    Queue.PUBLISHING: frozenset({"buffer_api_key", "buffer_client_secret"}),
    Queue.MEDIA: frozenset(),
    Queue.SPEECH: frozenset({"replicate_api_token"}),
    Queue.GENERATION: frozenset({"replicate_api_token"}),
    Queue.NOTIFICATIONS: frozenset(
        {
            *("notify_webhook_secret", "notify_smtp_url", "notify_slack_url", "events_secret"),
            *("web_links_secret", "slack_signing_secret"),
        }
    ),
}


def needed_settings(settings: Settings, queues: Collection[Queue]) -> Settings:
    """Return the settings of a worker of these queues, without the keys that it does not need."""
    kept = {"payload_keys", *(name for queue in queues for name in _KEYS[queue])}
    return settings.model_copy(update=dict.fromkeys(SECRETS.keys() - kept))


def activities_of(
    client: Client, settings: Settings, queues: Collection[Queue], buffer: BufferClient | None
) -> list[Callable[..., object]]:
    """Return the activities of these task queues, wired to their clients.

    ``buffer`` is for publishing.
    """
    stores, prices = open_stores(settings), known_prices()
    state, ffmpeg = stores.state, settings.ffmpeg
    # The keeper is shared: it is an activity itself, and pays for the calls of others.
    keeper = BudgetKeeper(state, settings.ceilings, prices, settings.draft_model)
    orders = OrderBudget(state, keeper, settings.ceilings)
    rooms: list[object] = []
    for queue in queues:
        match queue:
            case Queue.MEDIA:
                frame = Frame.across(settings.film_width)
                rooms += (MediaFitting(state, ffmpeg), Filming(state, ffmpeg, frame))
                rooms += (Clipping(state, settings), SourcePictures(state, settings))
            case Queue.SPEECH:
                rooms += (Transcribing(state, settings), _ordering(settings, state, orders))
            case Queue.GENERATION:
                made = MediaOrders(state, orders, avatar_seconds=settings.avatar_seconds)
                models = media_models(settings, prices)
                rooms.append(GeneratingMedia(state, models, made, file_hosts(settings)))
            case Queue.NOTIFICATIONS:
                rooms += (Attention(client, state, settings), Notifying(client, state, settings))
                rooms.append(Auditing(client, state))
            case Queue.PUBLISHING:
                if buffer is None:
                    raise ValueError("A worker of publishing needs a client of Buffer.")
                rooms += _of_publishing(client, settings, stores, buffer)
            case Queue.POSTS:
                rooms += _of_posts(client, settings, stores, keeper)
    return [step for room in rooms for step in steps_of(room)]


def _of_publishing(
    client: Client, settings: Settings, stores: Stores, buffer: BufferClient
) -> tuple[object, ...]:
    state = stores.state
    # Called within a createPost, without a step of its own.
    hosting = PublicHosting(state, stores.media, public_fetch_of(settings))
    team = TeamGate(TeamFile(settings.team).read, state, hosting)
    events = EventQueue(state, is_wanted=bool(settings.events_url))
    return (
        _account_gateway(client, settings, buffer, stores, team, events),
        BufferPublishing(buffer, AttemptFence(state), hosting, team),
        PostTelling(client, state, events),
        AccountRemembering(state),
    )


def _of_posts(
    client: Client, settings: Settings, stores: Stores, keeper: BudgetKeeper
) -> tuple[object, ...]:
    state = stores.state
    voices = VoiceAddress(VoiceWorkflow.__name__, ids.TASK_QUEUE, ids.voice_id)
    return (
        SourceReading(state, settings),
        SourceCondensing(
            state,
            # Notes on a part need no long thinking, and there are many parts.
            _claude(CondenseClient, settings, model=settings.condense_model, effort="low"),
            keeper,
        ),
        FeedFollowing(state, settings),
        keeper,
        ModelDrafting(
            state,
            _claude(DraftClient, settings),
            keeper,
            editor=_claude(ChoosingClient, settings) if settings.draft_candidates > 1 else None,
            no_repeat_within=timedelta(days=settings.repeat_days),
        ),
        PieceWriting(state, _claude(DraftClient, settings), keeper),
        CardMedia(state, settings.ffmpeg, settings.film_width),
        PublicHosting(state, stores.media, public_fetch_of(settings)),
        TeamGate(TeamFile(settings.team).read, state),
        VoiceGateway(client, voices, state),
    )


def steps_of(room: object) -> Iterator[Callable[..., object]]:
    """Yield the activities of a room: all that is abstract in its interface."""
    for kind in type(room).__mro__:
        for name in sorted(getattr(kind, "__abstractmethods__", ())):
            yield getattr(room, name)


def _account_gateway(
    client: Client,
    settings: Settings,
    buffer: BufferClient,
    stores: Stores,
    team: TeamGate,
    events: EventQueue,
) -> AccountGateway:
    address = AccountAddress(
        AccountWorkflow.__name__,
        ids.TASK_QUEUE,
        ids.account_id,
        OrganizationLookup(buffer, settings.buffer_organization),
    )
    public_fetch = public_fetch_of(settings)
    hosting = PublicHosting(stores.state, stores.media, public_fetch)
    trouble = PublicPath(stores.media, public_fetch).trouble
    return AccountGateway(
        client,
        address,
        policy_of(settings),
        stores.state,
        Hosting(hosting, trouble=trouble, hindrance=media_hindrance(settings)),
        team,
        events,
    )


def _ordering(settings: Settings, state: ObjectStore, orders: OrderBudget) -> OrderingTranscripts:
    model = settings.replicate_model
    client = ReplicateClient(
        replicate_token(settings) or "none", settings.replicate_base_url, model
    )
    # Prices are listed by model, whatever version the setting names.
    listed = known_prices().seconds.get(model.partition(":")[0])
    price = settings.replicate_usd_per_second
    budget = TranscriptBudget(orders, listed if price is None else price, DEADLINE_SECONDS)
    return OrderingTranscripts(state, client, budget)
