"""Carry out ``start``: one source, or the items of a feed."""

import asyncio
import time
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from temporalio.client import Client

from app.connections import open_client
from app.errors import AppError
from app.posts.views import hindrance, read_campaign
from cli.starting.feed_items import choose_items
from cli.starting.forecasting import quota_of
from cli.starting.recordings import find_recording
from cli.starting.submission import Prepared, Started, prepare, submit
from cli.starting.table_rows import of_rows
from cli.starting.wishes import Wishes, read_file
from cli.terminal.failures import CommandError, ExitCode, usage
from cli.terminal.output import say, show, show_json
from cli.terminal.process import run
from cli.terminal.proofs import clean, local
from cli.terminal.telling import telling
from galley.models import CampaignView
from galley.settings import Settings
from galley.sources.tables import is_table
from workflows import ids

_PLANNED_WITHIN = 60.0
_TAKEN_WITHIN = 5.0
_WORTH_TELLING = 2.0
"""Seconds after which a person wants to know what is waited for."""
_Begun = tuple[Started, CampaignView | None]


def start_and_print(wishes: Wishes, *, json: bool) -> None:
    """Carry out ``start``."""
    begun = run(_start(wishes))
    if json:
        show_json(_as_json(begun))
        return
    _tell(begun)
    if begun[1] is not None and begun[1].quota:
        say(begun[1].quota)
    say(_REVIEW)


def start_items_and_print(wishes: Wishes, which: str, *, json: bool) -> None:
    """Carry out ``start --item``: a campaign for each item, the oldest first."""
    begun = run(_start_items(wishes, which))
    if json:
        show_json([_as_json(one) for one in begun])
        return
    for one in begun:
        _tell(one)
    _tell_quota(begun)
    say(_REVIEW)


def table_of(source: str) -> bytes | None:
    """Return the bytes of a file that holds a campaign a row, else ``None``."""
    data = None if find_recording(source) else read_file(source)
    return data if data is not None and is_table(data, source) else None


def start_rows_and_print(
    wishes: Wishes, data: bytes, *, plan: bool, json: bool
) -> None:
    """Carry out ``start`` of a table: a campaign for each row."""
    if plan:
        raise usage("--plan shows one campaign: give one prompt, not a table of them.")
    rows = of_rows(wishes, data)
    begun = run(_start_all(rows))
    if json:
        show_json([_as_json(one) for one in begun])
    else:
        for one in begun:
            _tell(one)
        _tell_quota(begun)
        say(_REVIEW)
    if missing := len(rows) - len(begun):
        said = f"{missing} of {len(rows)} campaigns were not started; see above why."
        raise CommandError(said)


async def _start_all(rows: list[Wishes]) -> list[_Begun]:
    """Check every row before the first is started."""
    settings = Settings()
    prepared = [_prepared(row, settings) for row in rows]
    client = await open_client()
    begun: list[_Begun] = []
    for at, one in enumerate(prepared, 1):
        say(f"Campaign {at} of {len(prepared)}")
        try:
            started = await submit(client, one, settings)
            begun.append((started, await planned(client, started.campaign_id)))
        except (AppError, CommandError) as error:
            say(str(error))  # The rows below it are started all the same.
    return begun


def _prepared(wishes: Wishes, settings: Settings) -> Prepared:
    try:
        return prepare(wishes, settings)
    except CommandError as error:
        row = wishes.spec.name.partition(" of ")[0] if wishes.spec else "a row"
        said = f"{PurePath(wishes.source).name}, {row}: {error}"
        raise CommandError(said, error.code) from None


def of_item(wishes: Wishes, which: str) -> Wishes:
    """Return the wishes for the item that ``start --item`` would start first."""
    specs = run(choose_items(wishes.source, which, Settings()))
    return replace(wishes, spec=specs[0])


_REVIEW = "Review the drafts: uv run starter.py list --state in_review"


async def _start(wishes: Wishes) -> _Begun:
    settings = Settings()
    prepared = prepare(wishes, settings)
    client = await open_client()
    started = await submit(client, prepared, settings)
    async with telling("waiting for the source to be read, and the posts planned"):
        return started, await planned(client, started.campaign_id)


async def _start_items(wishes: Wishes, which: str) -> list[_Begun]:
    specs = await choose_items(wishes.source, which, Settings())
    return [await _start(replace(wishes, spec=spec)) for spec in specs]


def _as_json(begun: _Begun) -> dict[str, Any]:
    started, view = begun
    told = view.model_dump(mode="json") if view else {}
    return {"campaign_id": started.campaign_id, "is_new": started.is_new, **told}


def _tell(begun: _Begun) -> None:
    started, view = begun
    word = "Started" if started.is_new else "Already started: this source has"
    show(f"{word} {started.campaign_id}")
    for post in view.posts if view else ():
        due = f"  {local(post.due_at)}" if post.due_at else ""
        show(f"  {post.platform:16} {post.workflow_id}{due}")
        for move in post.moves:
            say(clean(f"Timing: {post.platform} · {post.channel_name} · {move.why}"))
    if view and view.lessons:
        taught = f"{view.lessons.count} of {ids.voice_id(view.lessons.brand)}"
        say(clean(f"Lessons of earlier reviews, given to the drafts: {taught}"))
    for skipped in view.skipped if view else ():
        say(f"Skipped: {skipped.platform} · {skipped.reason}")
    for note in view.notes if view else ():
        say(clean(note))


def _tell_quota(begun: list[_Begun]) -> None:
    """Say what the quota takes of all of them together: each alone may fit."""
    posts = [post for _, view in begun if view for post in view.posts]
    if quota := run(quota_of(posts)) if posts else "":
        say(quota)


async def planned(client: Client, campaign_id: str) -> CampaignView | None:
    """Wait until the campaign has chosen its channels.

    Returns:
        Its view, or ``None`` if no worker has taken it up; it will, once one runs.

    Raises:
        CommandError: The campaign failed, or one of its steps does again and again;
            the text is the reason.
    """
    started = began = time.monotonic()
    view: CampaignView | None = None
    stage = ""
    while time.monotonic() - began < (_PLANNED_WITHIN if view else _TAKEN_WITHIN):
        # A worker that was killed meanwhile leaves the last view.
        view = await read_campaign(client, campaign_id) or view
        if view is not None and view.posts:
            return view
        if view is not None and view.stage != stage:
            # A recording is waited for as long as it gets on.
            began, stage = time.monotonic(), view.stage
            if began - started > _WORTH_TELLING:
                say(f"{stage[:1].upper()}{stage[1:]} …")
        if why := await hindrance(client, campaign_id):
            raise CommandError(
                f"{why}. It is tried again for a while: look with `starter.py show "
                f"{campaign_id}`.",
                ExitCode.REFUSED,
            )
        await asyncio.sleep(0.3)
    if view is None:
        say("No worker has taken it up yet: start one with `uv run worker.py`.")
    else:
        say(f"It goes on ({stage}): look with `starter.py show {campaign_id}`.")
    return view
