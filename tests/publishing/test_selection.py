"""Channel selection."""

from datetime import UTC, datetime, time

import pytest

from app.campaigns.sources import GivenSource
from app.campaigns.start import CampaignRequest, campaign_input
from app.errors import InvalidOptionError
from galley.models.campaign import CampaignInput
from galley.models.channel import (
    Channel,
    ChannelDirectory,
    Delivery,
    PostingDay,
    SchedulingType,
    ShareMode,
)
from galley.models.media import CardKind, MediaMaker
from galley.models.network import Platform
from galley.models.options import CampaignOptions, Form, MediaOptions
from galley.models.source import SourceKind, SourceSpec
from galley.publishing.schedule.plan import SelectionError, select_channels
from galley.settings import Settings
from workflows.campaign.plan import plan_campaign

_NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
_SOURCE = SourceSpec(kind=SourceKind.TEXT, name="A title", upload="0" * 64)


def _channel(name: str, platform: Platform, *, is_disconnected: bool = False) -> Channel:
    return Channel(id=name * 3, name=name, platform=platform, is_disconnected=is_disconnected)


_X = _channel("ax", Platform.X)
_X_TOO = _channel("AX", Platform.X)
_GONE = _channel("gone", Platform.BLUESKY, is_disconnected=True)
_ALL = (_X, _channel("li", Platform.LINKEDIN), _GONE)


def test_naming_nothing_takes_every_usable_channel_and_says_why_others_are_left() -> None:
    selection = select_channels(_ALL, (), ())

    assert [c.name for c in selection.chosen] == ["ax", "li"]
    assert "reconnect it in Buffer" in selection.skipped[0].reason


def test_a_channel_named_twice_gets_one_post() -> None:
    selection = select_channels(_ALL, ("ax", "axaxax"), (Platform.X,))

    assert [c.name for c in selection.chosen] == ["ax"]


def test_an_unknown_channel_is_an_error_that_lists_the_choices() -> None:
    with pytest.raises(SelectionError, match=r"'nope' is not a channel.*li"):
        select_channels(_ALL, ("nope",), ())


def test_an_ambiguous_name_is_an_error_that_lists_the_candidates() -> None:
    with pytest.raises(SelectionError, match=r"several channels.*axaxax.*AXAXAX"):
        select_channels((_X, _X_TOO), ("Ax",), ())


def test_a_platform_without_a_channel_is_an_error() -> None:
    with pytest.raises(SelectionError, match="No pinterest channel"):
        select_channels(_ALL, (), (Platform.PINTEREST,))


def test_no_usable_channel_is_an_error_that_says_what_to_mend() -> None:
    with pytest.raises(SelectionError, match="gone is disconnected"):
        select_channels((_GONE,), (), ())


_DRAFT = Delivery(save_to_draft=True)
_REMINDER = Delivery(scheduling_type=SchedulingType.NOTIFICATION)
_QUEUE = Delivery(mode=ShareMode.ADD_TO_QUEUE)
_NEXT = Delivery(mode=ShareMode.SHARE_NEXT)
_SLOTS = (PostingDay(weekday=0, times=(time(9),)),)


@pytest.mark.parametrize(
    ("state", "delivery", "said"),
    [
        ({"is_disconnected": True}, _DRAFT, "is disconnected"),
        ({"is_locked": True}, _DRAFT, "is locked"),
        ({"is_queue_paused": True}, Delivery(), "has a paused queue"),
        ({"is_queue_paused": True}, _DRAFT, None),
        ({"reminders_only": True}, Delivery(), "can only send reminders"),
        ({"reminders_only": True}, _REMINDER, None),
        ({"reminders_only": True}, _DRAFT, None),
        ({}, _QUEUE, "has no posting schedule"),
        ({}, _NEXT, "has no posting schedule"),
        ({"posting_schedule": _SLOTS}, _QUEUE, None),
        ({}, Delivery(mode=ShareMode.ADD_TO_QUEUE, save_to_draft=True), None),
        ({}, Delivery(mode=ShareMode.SHARE_NOW), None),
    ],
)
def test_what_a_channel_cannot_do_depends_on_how_posts_are_delivered(
    state: dict[str, object], delivery: Delivery, said: str | None
) -> None:
    why = _X.model_copy(update=state).unusable_because(delivery)

    assert (why is None) if said is None else said in (why or "")


def test_networks_that_need_no_media_get_posts_where_buffer_can_fetch_none() -> None:
    channels = tuple(_channel(one.value, one) for one in Platform)
    directory = ChannelDirectory(
        organization_id="o", organization_name="O", channels=channels, fetched_at=_NOW
    )
    start = CampaignInput(key="k", source=_SOURCE)

    usual = plan_campaign(start, directory, _NOW)
    without = plan_campaign(start, directory.without_media("Set GALLEY_MEDIA_BUCKET."), _NOW)

    assert not usual.skipped
    assert {one.platform for one in without.skipped} == {
        *(Platform.INSTAGRAM, Platform.TIKTOK, Platform.YOUTUBE, Platform.PINTEREST)
    }
    assert all("Set GALLEY_MEDIA_BUCKET" in one.reason for one in without.skipped)
    assert {one.channel.platform for one in without.posts} >= {
        *(Platform.LINKEDIN, Platform.X, Platform.THREADS),
        *(Platform.BLUESKY, Platform.MASTODON, Platform.FACEBOOK),
    }


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (CampaignOptions(media=MediaOptions(maker=MediaMaker.IMAGE)), "{media.maker}"),
        (CampaignOptions(media=MediaOptions(card=CardKind.QUOTE)), "{media.card}"),
        (CampaignOptions(form=Form.CAROUSEL), "{form}"),
    ],
)
def test_media_that_buffer_could_not_fetch_are_refused_before_anything_is_made(
    options: CampaignOptions, says: str
) -> None:
    live = Settings(buffer_api_url="https://api.buffer.com", storage_emulator_host="127.0.0.1:1")
    request = CampaignRequest(GivenSource(_SOURCE), options)

    with pytest.raises(InvalidOptionError, match="GALLEY_MEDIA_BUCKET") as refused:
        campaign_input(request, live)
    assert says in refused.value.sentence
    assert campaign_input(CampaignRequest(GivenSource(_SOURCE), CampaignOptions()), live)
