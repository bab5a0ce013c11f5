"""The activities that generate, over one store and one emulator, and their steps."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.budget.ceilings import BudgetKeeper
from activities.budget.payments import OrderBudget
from activities.media.generation import GeneratingMedia
from activities.media.models import file_hosts, media_models
from activities.media.orders import MediaOrders
from galley.budget.prices import known_prices
from galley.clients.storage import ObjectStore
from galley.models.budget import Ceilings
from galley.models.channel import Channel
from galley.models.draft import Draft
from galley.models.media_orders import AwaitMedia, MediaOrdered, MediaOutcome, OrderKind, OrderMedia
from galley.models.network import Platform
from galley.settings import Settings

PICTURES = "black-forest-labs/flux-schnell"
VIDEOS = "galley-local/video"
SPEECH = "galley-local/speech"
DRAFT = Draft(text="The ferry leaves at nine.", headline="Nine, not ten")
NewGenerator = Callable[..., GeneratingMedia]


def generator(
    state: ObjectStore,
    emulator: str,
    ceilings: Ceilings | None = None,
    settled: timedelta = timedelta(0),
    **changes: Any,  # noqa: ANN401 -- settings by name
) -> GeneratingMedia:
    """Return the activities with settings that point at the emulator."""
    told: dict[str, Any] = {
        "replicate_base_url": emulator,
        "image_model": PICTURES,
        "video_model": VIDEOS,
        "video_seconds": 4,
        "speech_model": SPEECH,
        "avatar_model": "galley-local/avatar",
        **changes,
    }
    settings = Settings.model_construct(**told)
    kept = ceilings or Ceilings()
    keeper = BudgetKeeper(state, kept, known_prices(), "extractive")
    orders = MediaOrders(state, OrderBudget(state, keeper, kept), settled)
    models = media_models(settings, known_prices())
    return GeneratingMedia(state, models, orders, file_hosts(settings))


@pytest.fixture
async def new_generator(state_store: ObjectStore, replicate: str) -> AsyncIterator[NewGenerator]:
    """Give a function that makes the activities by settings of a test's own."""
    made = list[GeneratingMedia]()

    def make(**told: Any) -> GeneratingMedia:  # noqa: ANN401 -- settings by name
        made.append(generator(state_store, replicate, **told))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


@pytest.fixture
def generating(new_generator: NewGenerator) -> GeneratingMedia:
    """Give the activities with the emulator's own models, and no ceiling."""
    return new_generator()


class Studio:
    """The three steps of one post, called as activities."""

    def __init__(self, activities: GeneratingMedia, kind: OrderKind = OrderKind.IMAGE) -> None:
        self.activities = activities
        self.kind = kind

    async def order(self, **changes: object) -> MediaOrdered:
        is_picture = self.kind is OrderKind.IMAGE
        platform = Platform.INSTAGRAM if is_picture else Platform.TIKTOK
        task = OrderMedia(
            kind=self.kind,
            post_key="k:c1",
            channel=Channel(id="c1", name="main", platform=platform),
            draft=DRAFT,
            asker="run-1",
        ).model_copy(update=changes)
        return await ActivityEnvironment().run(self.activities.order_media, task)

    async def wait(self, ordered: MediaOrdered) -> MediaOutcome:
        task = self.awaited(ordered)
        return await ActivityEnvironment().run(self.activities.await_media, task)

    async def keep(self, ordered: MediaOrdered, cost: int | None = 0) -> MediaOutcome:
        task = self.awaited(ordered).model_copy(update={"cost_micros": cost})
        return await ActivityEnvironment().run(self.activities.store_media, task)

    def awaited(self, ordered: MediaOrdered) -> AwaitMedia:
        return AwaitMedia(
            kind=self.kind,
            order=ordered.order,
            prediction_id=ordered.prediction_id,
            alt_text=ordered.alt_text,
        )
