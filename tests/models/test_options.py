"""The options of a campaign travel as one value, and are compared as one."""

from collections.abc import Iterator
from datetime import time, timedelta
from importlib import import_module
from pkgutil import iter_modules

import pytest

import galley.models
from galley.models.base import Model
from galley.models.brand import PersonaRef
from galley.models.campaign import CampaignInput
from galley.models.channel import Delivery, ShareMode
from galley.models.draft import CheckDraft, WriteDraft
from galley.models.media import MediaMaker
from galley.models.media_orders import OrderMedia, RenderMedia
from galley.models.network import BlueskyExtras, Platform, XExtras
from galley.models.options import CampaignOptions
from galley.models.post import PostInput
from galley.models.schedule import QuietHours
from galley.models.source import SourceKind, SourceSpec
from tests.asking import asked, extras

STEPS = {CampaignInput, PostInput, WriteDraft, CheckDraft, RenderMedia, OrderMedia}
"""The models that take the options from the start of a campaign to its last step."""
CARRIERS = sorted(
    {
        found
        for module in iter_modules(galley.models.__path__, "galley.models.")
        for found in vars(import_module(module.name)).values()
        if isinstance(found, type) and issubclass(found, Model) and "options" in found.model_fields
    },
    key=lambda model: model.__name__,
)
SPEC = SourceSpec(kind=SourceKind.MARKDOWN, name="a.md", upload="ab")
NIGHT = QuietHours(start=time(22), end=time(7))


def options_in(model: type[Model]) -> Iterator[str]:
    """Yield the name of each field, and those of the groups in it."""
    for name, field in model.model_fields.items():
        yield name
        group = field.annotation
        if isinstance(group, type) and issubclass(group, Model):
            yield from options_in(group)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_no_option_is_a_field_of_a_model_that_carries_the_options(carrier: type[Model]) -> None:
    assert set(carrier.model_fields).isdisjoint(options_in(CampaignOptions))


def test_every_step_carries_the_options_whole() -> None:
    assert STEPS.issubset(CARRIERS)
    for carrier in CARRIERS:
        assert carrier.model_fields["options"].annotation is CampaignOptions


def test_options_keep_their_values_on_the_way() -> None:
    networks = extras(BlueskyExtras(), XExtras(is_ai_generated=True))
    options = asked(quiet=NIGHT, every=timedelta(days=1), networks=networks)
    sent = CampaignInput(key="k", source=SPEC, options=options)

    assert CampaignInput.model_validate_json(sent.model_dump_json()) == sent
    assert options.posting.networks.on(Platform.X) == XExtras(is_ai_generated=True)
    assert options.posting.networks.on(Platform.THREADS) is None


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (asked(), ()),
        (asked(brief="For boat owners"), ("brief",)),
        (asked(persona=PersonaRef(brand="B", sha256="0" * 64)), ("persona",)),
        (asked(quiet=NIGHT, slots=True), ("timing.quiet", "timing.slots")),
        (asked(maker=MediaMaker.IMAGE), ("media.maker",)),
        (
            asked(delivery=Delivery(mode=ShareMode.SHARE_NOW), networks=extras(XExtras())),
            ("posting.delivery.mode", "posting.networks.x"),
        ),
        (asked(expires_after=timedelta(days=1)), ("review.expires_after",)),
    ],
)
def test_what_differs_is_named_from_the_model_alone(
    other: CampaignOptions, named: tuple[str, ...]
) -> None:
    assert asked().differences(other) == named
    assert other.differences(asked()) == named
    assert (asked().digest == other.digest) is (named == ())


def test_whether_a_long_post_becomes_a_thread_follows_from_flag_or_form() -> None:
    assert not asked().makes_threads
    assert asked(threads=True).makes_threads
    assert asked(form="thread").makes_threads
