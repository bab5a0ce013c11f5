"""Every activity, wired to its clients as the settings say."""

from collections.abc import Callable, Iterator

from temporalio.client import Client

from activities.drafting.condensing import SourceCondensing
from activities.drafting.drafts import ClaudeDrafting
from activities.drafting.voice import VoiceAddress, VoiceGate
from activities.drafting.writing import PieceWriting
from activities.generation.generating import GeneratingMedia
from activities.generation.media_models import file_hosts, media_models
from activities.generation.media_orders import MediaOrders
from activities.keeping.hosting import PublicHosting
from activities.media.clipping import Clipping
from activities.media.drawing import CardMedia
from activities.media.filming import Filming
from activities.media.fitting import MediaFitting
from activities.notices.attention import Attention
from activities.notices.notifying import Notifying
from activities.publishing.account import AccountAddress, AccountGate, Hosting
from activities.publishing.organization import OrganizationLookup
from activities.publishing.policy import policy_of
from activities.publishing.requests import BufferPublishing
from activities.publishing.telling import PostTelling
from activities.records.auditing import Auditing
from activities.sources.feeds import FeedFollowing
from activities.sources.reading import SourceReading
from activities.sources.source_pictures import SourcePictures
from activities.speech.ordering import OrderingTranscripts
from activities.speech.transcribing import Transcribing
from activities.spending.budgeting import BudgetKeeper
from activities.spending.orders_purse import OrdersPurse
from activities.spending.speech_purse import SpeechPurse
from galley.clients.buffer.client import BufferClient
from galley.clients.guards import outsider_of
from galley.clients.public_path import PublicPath
from galley.clients.replicate import DEADLINE_SECONDS, ReplicateClient
from galley.clients.storage import ObjectStore
from galley.clients.stores.opening import Stores, open_stores
from galley.clients.transcribers import replicate_token
from galley.costs.prices import known_prices
from galley.settings import Settings, ceilings_of
from workers.outside import condense_client, draft_client
from workflows import ids
from workflows.account import AccountWorkflow
from workflows.voice import VoiceWorkflow

_VOICES = VoiceAddress(VoiceWorkflow.__name__, ids.TASK_QUEUE, ids.voice_id)


def activities_of(
    client: Client,
    settings: Settings,
    buffer: BufferClient,
) -> list[Callable[..., object]]:
    """Return every activity of every task queue, wired to its clients."""
    stores = open_stores(settings)
    state, ffmpeg = stores.state, settings.ffmpeg
    hosting = PublicHosting(state, stores.media, outsider_of(settings))
    prices = known_prices()
    keeper = BudgetKeeper(state, ceilings_of(settings), prices, settings.draft_model)
    drafting = ClaudeDrafting(state, draft_client(settings), keeper)
    rooms = (
        SourceReading(state, settings),
        SourceCondensing(state, condense_client(settings), keeper),
        SourcePictures(state, settings),
        Transcribing(state, settings),
        _ordering(settings, state, keeper),
        FeedFollowing(state, settings),
        keeper,
        drafting,
        PieceWriting(state, draft_client(settings), keeper),
        CardMedia(state, ffmpeg),
        MediaFitting(state, ffmpeg),
        Filming(state, ffmpeg),
        Clipping(state, settings),
        _generating(settings, state, keeper),
        hosting,
        _gate(client, settings, buffer, stores, hosting),
        BufferPublishing(buffer, hosting),
        PostTelling(client, state),
        VoiceGate(client, _VOICES, state),
        Attention(client, state, settings),
        Notifying(state, settings),
        Auditing(client, state),
    )
    return [step for room in rooms for step in steps_of(room)]


def steps_of(room: object) -> Iterator[Callable[..., object]]:
    """Yield the activities of a room: all that is abstract in its interface."""
    for kind in type(room).__mro__:
        for name in sorted(getattr(kind, "__abstractmethods__", ())):
            yield getattr(room, name)


def _gate(
    client: Client,
    settings: Settings,
    buffer: BufferClient,
    stores: Stores,
    hosting: PublicHosting,
) -> AccountGate:
    address = AccountAddress(
        AccountWorkflow.__name__,
        ids.TASK_QUEUE,
        ids.account_id,
        OrganizationLookup(buffer, settings.buffer_organization),
    )
    trouble = PublicPath(stores.media, outsider_of(settings)).trouble
    return AccountGate(
        client,
        address,
        policy_of(settings),
        stores.state,
        Hosting(hosting, trouble=trouble),
    )


def _ordering(
    settings: Settings, state: ObjectStore, keeper: BudgetKeeper
) -> OrderingTranscripts:
    model = settings.replicate_model
    client = ReplicateClient(
        replicate_token(settings) or "none",
        settings.replicate_base_url,
        model,
    )
    listed = known_prices().seconds.get(model.partition(":")[0])
    price = settings.replicate_usd_per_second
    purse = SpeechPurse(
        OrdersPurse(state, keeper, ceilings_of(settings)),
        listed if price is None else price,
        DEADLINE_SECONDS,
    )
    return OrderingTranscripts(state, client, purse)


def _generating(
    settings: Settings, state: ObjectStore, keeper: BudgetKeeper
) -> GeneratingMedia:
    purse = OrdersPurse(state, keeper, ceilings_of(settings))
    return GeneratingMedia(
        state,
        media_models(settings, known_prices()),
        MediaOrders(state, purse, avatar_seconds=settings.avatar_seconds),
        file_hosts(settings),
    )
