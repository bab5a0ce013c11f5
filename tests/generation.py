"""The activities that generate, over one store and an emulator."""

from datetime import timedelta
from typing import Any

from activities.generation.generating import GeneratingMedia
from activities.generation.media_models import file_hosts, media_models
from activities.generation.media_orders import MediaOrders
from activities.generation.waking import Wakes
from activities.spending.budgeting import BudgetKeeper
from activities.spending.media_purse import MediaPurse
from galley.clients.storage import ObjectStore
from galley.costs.prices import known_prices
from galley.models import Ceilings
from galley.settings import Settings

PICTURES = "black-forest-labs/flux-schnell"
VIDEOS = "galley-local/video"
SPEECH = "galley-local/speech"


def generator(
    state: ObjectStore,
    emulator: str,
    ceilings: Ceilings | None = None,
    settled: timedelta = timedelta(0),
    wakes: Wakes | None = None,
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
    orders = MediaOrders(state, MediaPurse(state, keeper, kept), settled)
    models = media_models(settings, known_prices())
    return GeneratingMedia(state, models, orders, file_hosts(settings), wakes)
