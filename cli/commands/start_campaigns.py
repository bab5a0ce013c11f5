"""Carry out ``start``: a campaign of a source, of each item of a feed, of each row."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from zoneinfo import ZoneInfo

from app.campaigns.follow import until_planned
from app.campaigns.plan import plan_campaign, quota_forecast
from app.campaigns.start import CampaignRequest, campaign_input, start_campaign
from app.connections import Connections
from app.errors import AppError
from app.feeds import choose_items
from cli.connections import connections
from cli.errors import CommandError, explained, usage
from cli.input.campaigns import CampaignWords, campaign_request
from cli.input.table_rows import table_of, words_of_rows
from cli.input.words import local_zone_name
from cli.process import run
from cli.render.campaigns import Begun, print_all, print_begun, print_next, print_plan
from cli.terminal import say, show_json


def start_and_print(words: CampaignWords, *, item: str, is_plan: bool, json: bool) -> None:
    """Start what the words ask for, or only plan it, and print it.

    Raises:
        CommandError: Words that cannot be understood, or rows that were not started.
        AppError: It could not be started.
    """
    table = table_of(words.source)
    if table is not None and is_plan:
        raise usage("--plan shows one campaign: give one prompt, not a table of them.")
    if table is not None:
        run(_start_rows(words, table, json=json))
    elif is_plan:
        run(_plan(words, item, json=json))
    elif item:
        run(_start_items(words, item, json=json))
    else:
        run(_start(words, json=json))


async def _plan(words: CampaignWords, item: str, *, json: bool) -> None:
    opened = connections()
    if item:
        words = (await _items(words, item, opened))[0]
    start = campaign_input(campaign_request(words, opened.settings), opened.settings)
    print_plan(await plan_campaign(opened, start), json=json)


async def _start(words: CampaignWords, *, json: bool) -> None:
    opened = connections()
    begun = await _begun(opened, campaign_request(words, opened.settings))
    if json:
        show_json(begun.as_json())
        return
    print_begun(begun)
    print_next(begun.view.quota if begun.view else "")


async def _start_items(words: CampaignWords, item: str, *, json: bool) -> None:
    """Start a campaign for each item of a feed, the oldest first."""
    opened = connections()
    begun = [
        await _begun(opened, campaign_request(one, opened.settings))
        for one in await _items(words, item, opened)
    ]
    print_all(begun, json=json)
    if not json:
        print_next(await _quota(opened, begun))


async def _items(words: CampaignWords, item: str, opened: Connections) -> list[CampaignWords]:
    chosen = await choose_items(words.source, item, opened.settings)
    return [replace(words, given=one) for one in chosen]


async def _start_rows(words: CampaignWords, table: bytes, *, json: bool) -> None:
    """Check every row of a table before the first is started."""
    opened, begun = connections(), list[Begun]()
    requests = [_of_row(row, opened) for row in words_of_rows(words, table)]
    await opened.temporal()
    for at, request in enumerate(requests, 1):
        say(f"Campaign {at} of {len(requests)}")
        try:
            begun.append(await _begun(opened, request))
        except AppError as error:
            say(str(explained(error)))  # The rows below it are started all the same.
    print_all(begun, json=json)
    if not json:
        print_next(await _quota(opened, begun))
    if missing := len(requests) - len(begun):
        raise CommandError(
            f"{missing} of {len(requests)} campaigns were not started; see above why."
        )


def _of_row(words: CampaignWords, opened: Connections) -> CampaignRequest:
    """Return the request of a row; a mistake in it is told with its number."""
    try:
        request = campaign_request(words, opened.settings)
        campaign_input(request, opened.settings)
    except (AppError, CommandError) as error:
        told = explained(error)
        row = words.given.spec.name.partition(" of ")[0] if words.given else "a row"
        said = f"{PurePath(words.source).name}, {row}: {told}"
        raise CommandError(said, told.code) from None
    return request


async def _begun(opened: Connections, request: CampaignRequest) -> Begun:
    """Start a campaign, and wait until its posts are planned."""
    started = await start_campaign(opened, request)
    what = "waiting for the source to be read, and the posts planned"
    async with opened.progress.waiting(what):
        return Begun(started, await until_planned(opened, started.campaign_id))


async def _quota(opened: Connections, begun: Sequence[Begun]) -> str:
    """Return what the quota takes of all of them together: each alone may fit."""
    posts = [post for one in begun if one.view for post in one.view.posts]
    if not posts:
        return ""
    return await quota_forecast(opened, posts, ZoneInfo(local_zone_name()))
