"""The calendar, campaigns and account pages on the real stack."""

import asyncio
import json
import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import httpx
import pytest
from playwright.async_api import FilePayload, Page, expect

from galley.clients.senders import ask_maker
from galley.models.network import Platform
from galley.models.schedule import QuietHours, Timing
from tests.web.conftest import Pages, faults, faults_either_way
from web.static_files import STATIC, digest_of
from workflows.post.workflow import PostWorkflow

pytestmark = [pytest.mark.server]

SOURCE = """# The night train to Trieste runs again

From 14 June 2026 the night train leaves Prague at 18:40 and reaches Trieste at 9:05. It has 12
coaches and 240 beds. "We sold half of June in a day," said planner Ana Kos.
"""
OTHER = """# A ferry for bicycles

The ferry across the Sound takes 60 bicycles from 3 May 2026 on. A trip costs 2 euros.
"""
TIMES = Timing(
    start_at=datetime(2033, 12, 3, 8, tzinfo=UTC),
    start_wall=datetime.fromisoformat("2033-12-03T09:00"),
    every=timedelta(days=1),
    timezone="Europe/Berlin",
    quiet=QuietHours(start=time(22), end=time(7)),
    gap=timedelta(hours=4),
)
OPEN = "document.querySelectorAll('main details').forEach(one => one.open = true)"
PATHS = (
    "/",
    "/?words=nothing",
    "/calendar?day=2033-12",
    "/calendar?day=2033-12-03&span=week",
    "/calendar?day=2033-12&span=list",
    "/calendar/subscribe",
    "/campaigns",
    "/start",
    "/account",
    "/account/voice",
)


@pytest.fixture(name="key", scope="module")
async def _key(served: Pages) -> str:
    platforms = (Platform.X, Platform.LINKEDIN, Platform.BLUESKY, Platform.MASTODON)
    return await served.start(SOURCE, *platforms, timing=TIMES)


async def settled(page: Page) -> None:
    """Wait for the parts that load after the page."""
    await page.wait_for_load_state("networkidle")


async def test_axe_finds_nothing_in_either_scheme_and_nothing_scrolls_sideways(
    pages: Pages, key: str
) -> None:
    page = await pages.page("/offline")
    post, other = await pages.post(key, "linkedin"), await pages.post(key, "x")
    together = f"/together?post={post.removeprefix('/posts/')}&post={other.removeprefix('/posts/')}"
    found: list[str] = []
    for path in (*PATHS, f"/campaigns/{key}", post, f"{post}/why", together):
        await page.goto(path)
        await settled(page)
        await page.evaluate(OPEN)
        found += await faults_either_way(page)

    assert found == []


async def test_axe_would_find_what_is_wrong(pages: Pages) -> None:
    page = await pages.page("/offline")
    await page.evaluate("document.querySelector('h1').outerHTML = '<img src=/static/icon.svg>'")

    assert any("image-alt" in one for one in await faults(page))


async def test_a_post_is_dragged_to_another_day_and_asked_before_it_moves(
    pages: Pages, key: str
) -> None:
    page = await pages.page("/calendar?day=2033-12")
    entry = page.locator("td[data-day='2033-12-04'] .entry")
    await settled(page)
    await entry.drag_to(page.locator("td[data-day='2033-12-17']"))
    field = page.get_by_label("New time (Europe/Berlin)")

    await expect(field).to_have_value("2033-12-17T09:00")
    await field.fill("2033-12-17T23:30")
    await page.get_by_role("button", name="Move it").click()
    moved = page.locator("td[data-day='2033-12-17'] .entry")
    await expect(moved).to_contain_text("23:30")
    await expect(moved).to_contain_text("In the quiet hours of its campaign")
    assert key


async def test_a_post_is_moved_by_keyboard_alone(pages: Pages, key: str) -> None:
    page = await pages.page("/calendar?day=2033-12")
    await settled(page)
    await page.locator("td[data-day='2033-12-05'] .entry").focus()
    for pressed in ("m", "ArrowDown", "ArrowRight", "Enter"):
        await page.keyboard.press(pressed)
    await expect(page.get_by_label("New time")).to_have_value("2033-12-13T09:00")
    await page.keyboard.press("Enter")

    await expect(page.locator("td[data-day='2033-12-13'] .entry")).to_contain_text("09:00")
    assert key


async def test_escape_leaves_a_lifted_post_where_it_is(pages: Pages, key: str) -> None:
    page = await pages.page("/calendar?day=2033-12")
    await settled(page)
    entry = page.locator("td[data-day='2033-12-03'] .entry")
    await entry.focus()
    for pressed in ("m", "ArrowDown", "Escape", "Enter"):
        await page.keyboard.press(pressed)

    await expect(page).to_have_url(re.compile("/posts/"))
    assert key


async def test_the_calendar_shows_one_network_alone_and_what_buffer_takes(
    pages: Pages, key: str
) -> None:
    page = await pages.page("/calendar?day=2033-12&span=list&network=x")

    await expect(page.locator(".agenda .row")).to_have_count(1)
    await expect(page.get_by_text("Quiet hours 22:00-07:00 (Europe/Berlin)")).to_be_visible()
    await page.get_by_text("What Buffer still takes").click()
    await expect(page.get_by_role("columnheader", name="In Buffer")).to_be_visible()
    assert key


async def test_the_feed_needs_its_secret_address(pages: Pages) -> None:
    page = await pages.page("/calendar/subscribe")
    address = await page.get_by_label("Secret address").input_value()
    async with httpx.AsyncClient(base_url=pages.address, trust_env=False) as stranger:
        refused = await stranger.get("/calendar.ics?key=guessed")
        assert refused.status_code == 404
        read = await stranger.get(address)
        assert read.headers["content-type"].startswith("text/calendar")
        assert "BEGIN:VCALENDAR" in read.text
        await page.get_by_role("button", name="Make another address").click()
        await expect(page.get_by_text("The old one shows nothing")).to_be_visible()
        assert (await stranger.get(address)).status_code == 404


async def test_a_campaign_is_planned_and_started_from_the_page(pages: Pages, key: str) -> None:
    page = await pages.page("/start")
    await page.get_by_label("or a text").fill(OTHER)
    await page.get_by_role("checkbox", name="Bluesky").check()
    await page.get_by_label("First post").fill("2033-12-20T10:30")
    await page.get_by_role("button", name="Show the plan").click()
    await expect(page.locator(".side .history li").first).to_contain_text("20 Dec, 10:30")
    await page.get_by_role("button", name="Start: 1 post").click()

    await expect(page).to_have_url(re.compile("/campaigns/campaign:"))
    await expect(page.locator("h1")).to_have_text("A ferry for bicycles")
    assert key


async def test_the_plan_of_a_source_that_was_started_names_its_campaign_and_takes_the_focus(
    pages: Pages, key: str
) -> None:
    page = await pages.page("/start", width=390)
    file = FilePayload(name="source.md", mimeType="text/markdown", buffer=SOURCE.encode())
    await page.locator("input[type=file]").set_input_files([file])
    await page.get_by_role("checkbox", name="Bluesky").check()
    await page.get_by_role("button", name="Show the plan").click()

    await expect(page.locator(".note.warn")).to_contain_text("plan edition 2")
    await expect(page.get_by_role("link", name="open it")).to_have_attribute(
        "href", f"/campaigns/campaign%3A{key}"
    )
    await expect(page.get_by_role("heading", name="The plan")).to_be_in_viewport()


async def test_a_source_that_cannot_be_used_is_told_beside_what_was_typed(pages: Pages) -> None:
    page = await pages.page("/start")
    await page.get_by_label("Brief").fill("Keep this.")
    await page.get_by_role("button", name="Show the plan").click()

    await expect(page.get_by_role("alert")).to_have_text("Give an address, a file or a text.")
    await expect(page.get_by_label("Brief")).to_have_value("Keep this.")
    pages.troubles.clear()  # Chromium calls the status 400 of a page an error.


async def test_what_is_shown_of_a_campaign_is_approved_together_and_can_be_undone(
    pages: Pages, key: str
) -> None:
    pages.site.sending.undo_seconds = 60
    page = await pages.page(f"/campaigns/{key}")
    boxes = page.locator("input[name=post]")
    for number in range(await boxes.count()):
        await boxes.nth(number).set_checked(number < 2)
    approve = page.get_by_role("button", name="Approve the chosen")
    await approve.click()
    await expect(page.get_by_text("2 of 2 posts are approved")).to_be_visible()
    await page.get_by_role("button", name="Undo").first.click()

    await expect(page.get_by_text("Taken back: nothing was decided.")).to_be_visible()
    await expect(page.get_by_text("Approved by kim.")).to_have_count(1)
    await page.get_by_role("button", name="Undo").first.click()
    # A page that comes later would have all boxes checked again.
    await expect(page.get_by_text("Approved by kim.")).to_have_count(0)
    # So would one that is on its way; from the first touch on the page loads itself no more.
    await settled(page)
    pages.site.sending.undo_seconds = 0.1
    for number in range(await boxes.count()):
        await boxes.nth(number).set_checked(number < 1)
    await expect(page.locator("input[name=post]:checked")).to_have_count(1)
    await approve.click()
    await pages.listed(key, 'GalleyState="scheduled"')
    await page.reload()
    await expect(page.locator(".state[data-state=scheduled]")).to_have_count(1)


async def test_a_network_is_added_to_a_campaign(pages: Pages, key: str) -> None:
    page = await pages.page(f"/campaigns/{key}")
    await page.get_by_role("checkbox", name="Threads").check()
    await page.get_by_role("button", name="Have drafts written").click()
    await expect(page.get_by_text("Drafts for threads are being written")).to_be_visible()

    await pages.listed(key, 'GalleyPlatform="threads"')
    await page.reload()
    await expect(page.get_by_text("Threads · Post")).to_be_visible()


async def test_posts_are_paused_and_resumed_without_looking_for_the_button(pages: Pages) -> None:
    page = await pages.page("/account", width=360)
    await expect(page.get_by_role("heading", name="Pause posts")).to_be_in_viewport()
    await page.get_by_role("heading", name="Pause posts").click()
    await page.get_by_label("Which").select_option("x")
    await page.get_by_label("Reason").fill("<b>wrong</b> price")
    await page.get_by_role("button", name="Pause", exact=True).click()
    await expect(page.get_by_text("Paused: platform x.")).to_be_visible()
    await expect(page.get_by_text("<b>wrong</b> price")).to_be_visible()
    await expect(page.locator(".page-head")).to_contain_text("Posts are paused")
    await expect(page.get_by_role("button", name="Resume")).to_be_in_viewport()
    await page.get_by_role("button", name="Resume").click()

    await expect(page.get_by_text("Resumed: platform x.")).to_be_visible()
    await expect(page.get_by_role("button", name="Resume")).to_have_count(0)


async def test_channels_say_what_they_lack_and_costs_what_is_left(pages: Pages, key: str) -> None:
    page = await pages.page("/account")

    await expect(page.locator("#channels .row").first).to_contain_text("ready")
    await expect(page.get_by_text("today of $20.00")).to_be_visible()
    assert key


async def test_why_names_the_next_steps_and_the_runs(pages: Pages, key: str) -> None:
    page = await pages.page(f"{await pages.post(key, 'mastodon')}/why")

    await expect(page.get_by_role("link", name="Let it out")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text="draft written").last).to_be_visible()


async def test_the_pages_can_be_installed_and_say_when_the_server_is_away(pages: Pages) -> None:
    page = await pages.page("/calendar", workers="allow")
    manifest = await (await page.request.get("/manifest.webmanifest")).json()
    for icon in manifest["icons"]:
        assert (await page.request.get(icon["src"])).headers["content-type"] == icon["type"]
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.context.set_offline(offline=True)
    await page.goto("/account", wait_until="domcontentloaded")

    await expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    await page.context.set_offline(offline=False)
    kept = "caches.open('galley-offline-1').then(c => c.keys()).then(k => k.map(r => r.url))"
    assert {str(one).removeprefix(pages.address) for one in await page.evaluate(kept)} == {
        "/offline",
        "/static/galley.css",
        "/static/icon.svg",
    }
    pages.troubles.clear()  # Chromium calls what it cannot load an error.


async def test_what_needs_a_person_is_shown_by_the_browser_and_leads_to_our_page(
    pages: Pages,
) -> None:
    page = await pages.page("/account", workers="allow")
    form = page.locator("[data-push]")
    await expect(form.get_by_role("button", name="Notify me on this device")).to_be_visible()
    registration = await page.evaluate("navigator.serviceWorker.ready.then(one => one.scope)")
    console = cast("Any", await page.context.new_cdp_session(page))
    known: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def heard(told: dict[str, Any]) -> None:
        for one in told["registrations"]:
            if not known.done():
                known.set_result(one["registrationId"])

    console.on("ServiceWorker.workerRegistrationUpdated", heard)
    await console.send("ServiceWorker.enable")
    shown = {"title": "2 posts waiting for review", "tag": "msg_1", "path": "//evil.example/x"}
    fields = {"origin": pages.address, "registrationId": await known, "data": json.dumps(shown)}
    await console.send("ServiceWorker.deliverPushMessage", fields)
    asked = """navigator.serviceWorker.ready.then(one => one.getNotifications())
        .then(all => all.map(one => [one.title, one.tag]))"""

    assert registration == f"{pages.address}/"
    async with asyncio.timeout(30):
        while not (found := await page.evaluate(asked)):
            await page.wait_for_timeout(100)
    assert found == [["2 posts waiting for review", "msg_1"]]


def test_all_script_and_style_weigh_at_most_sixty_kilobytes_on_the_disk() -> None:
    files = [one for one in STATIC.iterdir() if one.suffix in {".js", ".css"}]

    assert 10_000 < sum(one.stat().st_size for one in files) <= 60_000


async def test_a_browser_keeps_style_and_script_until_they_change(pages: Pages) -> None:
    page = await pages.page("/calendar")
    await page.goto("/campaigns")
    read = "performance.getEntriesByType('resource').map(one => [one.name, one.transferSize])"
    sizes: dict[str, int] = dict(await page.evaluate(read))
    kept = {one: size for one, size in sizes.items() if re.search("[.](js|css)[?]", one)}

    assert [*kept.values()] == [0, 0, 0]
    for one in kept:
        other = await page.request.get(f"{one}0")
        assert other.headers["cache-control"] == "no-cache"


def test_a_file_that_changes_under_a_running_server_has_another_address(tmp_path: Path) -> None:
    style = tmp_path / "galley.css"
    style.write_text("a {}")
    before = digest_of(style)
    style.write_text("b { }")

    assert digest_of(style) != before


HOSTILE = """# </title><script>alert(1)</script> \u202eevil <img src=//evil.example onerror=alert()>

The \u202egnp.exe\u202c ferry <iframe src=https://evil.example></iframe> took 60\u200b bicycles
on 3 May 2026. [A link](javascript:alert(3)) ![a picture](https://evil.example/x.png) costs 2 euros.
</textarea></script><script src="https://evil.example/x.js"></script> {{ 7 * 7 }} {% raw %}
"""


async def test_words_of_strangers_are_shown_and_never_obeyed(pages: Pages) -> None:
    at = Timing(start_at=datetime(2033, 11, 5, 9, tzinfo=UTC))
    key = await pages.start(HOSTILE, Platform.LINKEDIN, timing=at)
    post = await pages.post(key, "linkedin")
    # A source loses its markup when it is read; what a person writes does not.
    edited = await pages.stack.cli("edit", f"{key}/linkedin", "--text", HOSTILE)
    assert edited.code == 0, edited.err
    await pages.in_inbox(lambda row: "<script>" in row.opening)
    page = await pages.page("/offline")
    sources = "[...document.querySelectorAll('[src]')].map(one => one.getAttribute('src')).join()"
    show_it = (post, f"/campaigns/{key}", "/calendar?day=2033-11", "/")
    for path in (*show_it, f"{post}/why", "/campaigns"):
        await page.goto(path)
        await settled(page)
        if path in show_it:
            await expect(page.locator("main")).to_contain_text("<script>alert(1)</script>")
        assert await page.locator("main script, main iframe").count() == 0
        assert "evil.example/" not in await page.evaluate(sources)

    assert pages.foreign == []
    assert pages.troubles == []


async def test_a_link_in_a_message_decides_in_a_browser_in_which_nobody_signed_in(
    pages: Pages, key: str
) -> None:
    name = unquote((await pages.post(key, "mastodon")).removeprefix("/posts/"))
    handle = pages.stack.client.get_workflow_handle_for(PostWorkflow.run, name)
    maker = ask_maker(pages.site.connections.settings, None)
    ask = maker.ask(await handle.query(PostWorkflow.view), datetime.now(UTC), ("ann@example.com",))
    assert ask
    page = await pages.page(ask.links["ann@example.com"], is_person=False)
    assert await faults_either_way(page) == []

    assert page.url == f"{pages.address}/decide"
    await page.get_by_role("button", name="Approve, as ann@example.com").click()
    await expect(page.locator("p.note").first).to_contain_text("ann@example.com approved it")
    await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    (one,) = (await handle.query(PostWorkflow.view)).decisions
    assert (one.by, one.kind) == ("ann@example.com", "approve")
