"""Every activity, wired to its clients as the settings say."""

from collections.abc import Callable

from temporalio.client import Client

from activities.drafting.batching import DraftBatches
from activities.drafting.condensing import SourceCondensing
from activities.drafting.drafts import ClaudeDrafting
from activities.drafting.voice import VoiceAddress, VoiceGate
from activities.drafting.writing import PieceWriting
from activities.generation.generating import GeneratingMedia
from activities.generation.media_models import file_hosts, media_models
from activities.generation.media_orders import MediaOrders
from activities.generation.waking import Wakes
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
from galley.clients.guards import (
    outsider_of,
)
from galley.clients.public_path import PublicPath
from galley.clients.replicate import DEADLINE_SECONDS, ReplicateClient
from galley.clients.storage import ObjectStore
from galley.clients.stores.opening import open_stores
from galley.clients.transcribers import replicate_token
from galley.costs.prices import known_prices
from galley.settings import Settings, ceilings_of
from workers.outside import batch_client, condense_client, draft_client
from workflows import ids
from workflows.account import AccountWorkflow
from workflows.voice import VoiceWorkflow


def activities_of(
    client: Client,
    settings: Settings,
    buffer: BufferClient,
    wakes: Wakes | None = None,
) -> list[Callable[..., object]]:
    """Return every activity of every task queue, wired to its clients.

    ``wakes`` is what a receiver of webhooks wakes them by.
    """
    stores = open_stores(settings)
    state = stores.state
    hosting = PublicHosting(state, stores.media, outsider_of(settings))
    prices = known_prices()
    keeper = BudgetKeeper(state, ceilings_of(settings), prices, settings.draft_model)
    drafting = ClaudeDrafting(state, draft_client(settings), keeper)
    batches = DraftBatches(state, batch_client(settings), drafting)
    writing = PieceWriting(state, draft_client(settings), keeper)
    condensing = SourceCondensing(state, condense_client(settings), keeper)
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
    orders = _ordering(settings, state, keeper, wakes)
    generating = _generating(settings, state, keeper, wakes)
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
        Attention(client, state, settings).look_around,
        Notifying(state, settings).deliver_notification,
        Auditing(client, state).keep_records,
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
        publishing.list_unsent,
    ]


def _ordering(
    settings: Settings, state: ObjectStore, keeper: BudgetKeeper, wakes: Wakes | None
) -> OrderingTranscripts:
    model = settings.replicate_model
    client = ReplicateClient(
        replicate_token(settings) or "none",
        settings.replicate_base_url,
        model,
    )
    client.webhook = settings.webhook_url
    listed = known_prices().seconds.get(model.partition(":")[0])
    price = settings.replicate_usd_per_second
    purse = SpeechPurse(
        OrdersPurse(state, keeper, ceilings_of(settings)),
        listed if price is None else price,
        DEADLINE_SECONDS,
    )
    return OrderingTranscripts(state, client, purse, wakes=wakes)


def _generating(
    settings: Settings, state: ObjectStore, keeper: BudgetKeeper, wakes: Wakes | None
) -> GeneratingMedia:
    purse = OrdersPurse(state, keeper, ceilings_of(settings))
    return GeneratingMedia(
        state,
        media_models(settings, known_prices()),
        MediaOrders(state, purse, avatar_seconds=settings.avatar_seconds),
        file_hosts(settings),
        wakes,
    )
