"""What the root type ``Query`` answers."""

from emulators.buffer.answers import not_found
from emulators.buffer.core import Emulator
from emulators.buffer.ideas import list_groups, list_ideas
from emulators.buffer.limits import daily_status
from emulators.buffer.listing import list_posts
from emulators.buffer.metrics import aggregate
from emulators.buffer.present import present_post
from emulators.buffer.records import Json
from emulators.buffer.resolvers import Resolver, on_input, on_page
from emulators.buffer.templates import find_template, list_templates


def queries(emulator: Emulator) -> dict[str, Resolver]:
    """Each modelled field of ``Query`` with its resolver."""

    def account(*_: object) -> Json:
        return emulator.account()

    return {
        "account": account,
        **{name: on_input(emulator, answer) for name, answer in _FIELDS.items()},
        **{name: on_page(emulator, answer) for name, answer in _LISTS.items()},
    }


def organizations(account: Json, _info: object, **arguments: Json | None) -> list[Json]:
    """Resolve ``Account.organizations`` with its filter."""
    chosen: Json = arguments.get("filter") or {}
    only = chosen.get("organizationId")
    every: list[Json] = account["organizations"]
    return [one for one in every if only in {None, one["id"]}]


def _channel(emulator: Emulator, given: Json) -> Json:
    found = emulator.store.channel(given["id"])
    if found is None:
        raise not_found("Channel")
    return found


def _channels(emulator: Emulator, given: Json) -> list[Json]:
    emulator.own(given["organizationId"])
    chosen: Json = given.get("filter") or {}
    locked, product = chosen.get("isLocked"), chosen.get("product")
    return [
        channel
        for channel in emulator.store.channels(emulator.organization_id)
        if locked in {None, channel["isLocked"]}
        and (product is None or product in channel["products"])
    ]


def _post(emulator: Emulator, given: Json) -> Json:
    found = emulator.store.post(given["id"])
    if found is None or emulator.faults.take(
        ("post",), ("not_found_once",), found.channel_id
    ):
        raise not_found("Post")
    return present_post(emulator, found)


def _daily(emulator: Emulator, given: Json) -> list[Json]:
    channels = [_channel(emulator, {"id": one}) for one in given["channelIds"]]
    return [daily_status(emulator, channel, given.get("date")) for channel in channels]


_FIELDS = {
    "aggregatedPostMetrics": aggregate,
    "channel": _channel,
    "channels": _channels,
    "dailyPostingLimits": _daily,
    "ideaGroups": list_groups,
    "post": _post,
    "postTemplate": find_template,
}
_LISTS = {
    "ideas": list_ideas,
    "posts": list_posts,
    "postTemplates": list_templates,
}
