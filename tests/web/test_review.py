"""A person reviews in a browser: all acts, on what was shown, and never by accident."""

import asyncio
import io
import re
from collections.abc import Awaitable, Callable

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Locator, Page, Route, expect

from galley.models.media import MediaMaker
from galley.models.network import Platform
from galley.models.options import MediaOptions
from tests.web.conftest import Pages, faults_either_way

pytestmark = [pytest.mark.server]

SOURCE = """# Harbour bridge opens after nine years

The harbour bridge in Trevaunance opened on 12 May 2026 after nine years of work. It cost 41
million euros and carries 18,000 cyclists a day.

"We finished two months early," said engineer Maria Okafor. The bridge is 640 metres long and has
three lanes for cyclists and one for trams.
"""


_PLATFORMS = (
    *(Platform.X, Platform.LINKEDIN, Platform.BLUESKY),
    *(Platform.INSTAGRAM, Platform.MASTODON),
)
_TWO_AT_ONCE = """() => {
  const forms = [...document.forms].filter((one) => one.checkValidity());
  for (const end of ["/changes", "/approve"]) {
    forms.find((one) => one.action.endsWith(end)).requestSubmit();
  }
}"""


async def state_is(page: Page, words: str) -> None:
    await expect(page.locator(".page-head .state")).to_contain_text(words, timeout=20_000)


async def press(page: Page, key: str) -> None:
    """Press a key once the page's script listens."""
    await page.locator("html[data-ready]").wait_for(state="attached")
    await page.keyboard.press(key)


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


def button(page: Page, name: str) -> Callable[[], Awaitable[None]]:
    return page.get_by_role("button", name=re.compile(f"^{name}")).first.click


async def middle(place: Locator) -> tuple[float, float]:
    """Return where a mouse presses it."""
    box = await place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def inbox(key: str) -> str:
    """Return the address of the inbox with the posts of a campaign alone."""
    return f"/?campaign=campaign%3A{key}"


@pytest.fixture(name="key", scope="module")
async def _key(served: Pages) -> str:
    served.site.sending.undo_seconds = 0.1
    return await served.start(SOURCE, *_PLATFORMS)


async def test_the_inbox_lists_what_waits_and_finds_it_by_words(pages: Pages, key: str) -> None:
    # The list is read again after seconds; the campaign is younger.
    await pages.in_inbox(lambda row: row.campaign_id == f"campaign:{key}", len(_PLATFORMS))
    page = await pages.page(inbox(key))
    rows = page.locator("[data-row]")
    await expect(rows).to_have_count(len(_PLATFORMS))
    await page.get_by_label("Network").select_option("x")
    await expect(rows).to_have_count(1)
    await expect(page).to_have_url(re.compile("network=x"))
    await rows.get_by_role("link").click()
    # The filters go with the person: its neighbours are those of the list they came from.
    head = page.locator("[data-post]")
    await expect(head).to_have_attribute("data-inbox", re.compile("/\\?network=x&campaign="))
    await expect(head).to_have_attribute("data-next", "")
    await press(page, "i")
    await expect(page).to_have_url(re.compile(r"/\?network=x&campaign="))
    await page.get_by_label("Network").select_option("")
    await page.get_by_label("Search").fill("no such words")
    await expect(page.get_by_text("No post fits")).to_be_visible()


async def test_a_source_without_pictures_is_told_where_its_pictures_would_be(pages: Pages) -> None:
    media = MediaOptions(maker=MediaMaker.SOURCE)
    source = SOURCE.replace("bridge", "pier")
    new = await pages.start(source, Platform.INSTAGRAM, media=media)
    page = await pages.page(await pages.post(new, "instagram"))

    await expect(page.get_by_text("The source has no pictures that can be used.")).to_be_visible()
    await page.get_by_text("Everything, from the beginning").click()
    happened = page.locator("#happenings")
    await expect(happened).to_contain_text("no picture of the source could be used")
    await expect(happened).not_to_contain_text("pictures fetched")


async def test_filters_set_before_the_script_arrives_count(pages: Pages, key: str) -> None:
    page = await pages.page()
    typed = asyncio.Event()

    async def late(route: Route) -> None:
        await typed.wait()
        await route.continue_()

    await page.route(re.compile("/static/galley.js"), late)
    await page.goto(inbox(key), wait_until="commit")
    await page.get_by_label("Network").select_option("x")
    await page.get_by_label("Search").fill("no such words")
    typed.set()

    await expect(page.get_by_text("No post fits")).to_be_visible()


async def test_a_post_shows_each_fact_with_its_passage_and_all_that_leaves(
    pages: Pages, key: str
) -> None:
    page = await pages.page(await pages.post(key, "linkedin"))

    await expect(page.locator("mark.fact").first).to_be_visible()
    await expect(page.locator(".passages li").first).to_contain_text("the source")
    digest = re.compile(r"\b[0-9a-f]{64}\b")
    assert not digest.search(await page.locator("main").inner_text())
    await page.get_by_text("All of it, with its digest").click()
    assert digest.fullmatch(await page.locator(".digest").first.inner_text())
    await page.get_by_text("Everything, from the beginning").click()
    await expect(page.locator("#happenings")).to_contain_text("draft written")


async def test_the_pictures_of_a_post_come_from_us_and_may_not_run(pages: Pages, key: str) -> None:
    page = await pages.page(await pages.post(key, "instagram"))
    picture = page.locator(".preview img").first
    assert await picture.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
    source = await picture.get_attribute("src")
    assert source
    answer = await page.request.get(source)

    assert answer.headers["content-type"] == "image/jpeg"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_an_approval_can_be_taken_back_until_it_is_sent(pages: Pages, key: str) -> None:
    page = await pages.page(await pages.post(key, "x"))
    pages.site.sending.undo_seconds = 60
    await button(page, "Approve")()
    await state_is(page, "Decided")
    # It is the decision that comes in seconds, not the post.
    await expect(page.locator("[data-pending]")).to_contain_text("The decision takes effect in")
    await button(page, "Undo")()
    await expect(page.get_by_text("Taken back: nothing was decided")).to_be_visible()
    await state_is(page, "Waits")

    pages.site.sending.undo_seconds = 0.1
    await button(page, "Approve")()
    await expect(page.get_by_text(re.compile("is approved. It goes out"))).to_be_visible()
    await state_is(page, "Scheduled in Buffer")


async def test_an_edit_in_place_counts_while_typing_and_shows_what_changed(
    pages: Pages, key: str
) -> None:
    page = await pages.page(await pages.post(key, "bluesky"))
    await press(page, "e")
    text = page.locator("[data-edit] [name=item]")
    await text.fill("Nine years, 640 metres. " * 20)
    await expect(page.locator(".counter[data-over]")).to_contain_text("of 300")
    await text.fill("The bridge is 640 metres long. So says Petra Klein.")
    await expect(page.locator(".counter")).to_contain_text("51 of 300")
    await button(page, "Save the edit")()
    await expect(page.get_by_text("revision 2")).to_be_visible(timeout=20_000)
    await expect(page.locator(".diff del").first).to_be_visible()
    await expect(page.locator(".preview")).to_contain_text("The bridge is 640 metres long.")
    await expect(page.locator(".note.warn")).to_contain_text(
        "In the edit of kim: Not in the source"
    )
    await expect(page.locator(".passages .claim")).to_have_text("Petra Klein")

    await pages.in_inbox(lambda row: "So says Petra" in row.opening)
    await page.goto("/")
    marked = page.locator(".row", has_text="So says Petra").get_by_text("Claim")
    await expect(marked).to_be_visible()
    await page.locator(".row-title", has_text="So says Petra").click()
    await press(page, "e")
    await page.locator("[data-edit] [name=item]").fill("The bridge is 640 metres long.")
    await button(page, "Save the edit")()
    await expect(page.get_by_text("revision 3")).to_be_visible(timeout=20_000)
    await expect(page.locator(".note.warn")).to_have_count(0)


async def test_on_a_phone_a_form_that_is_open_is_covered_by_nothing(pages: Pages, key: str) -> None:
    page = await pages.page(await pages.post(key, "bluesky"), width=390)

    await page.locator(".act-bar").get_by_text("New draft").click()

    await expect(page.locator(".act-bar")).to_be_hidden()
    await expect(page.get_by_role("button", name="Write a new draft")).to_be_in_viewport()
    await page.locator("#anew summary").click()
    await expect(page.locator(".act-bar")).to_be_visible()


async def test_a_decision_on_what_has_changed_since_is_told_what_changed(
    pages: Pages, key: str
) -> None:
    late = await pages.page(await pages.post(key, "linkedin"))
    await late.evaluate("document.querySelector('#news').remove()")
    text = "The bridge has three lanes for cyclists."
    edited = await pages.stack.cli("edit", f"{key}/linkedin", "--text", text)
    assert edited.code == 0, edited.err
    await button(late, "Approve")()
    await expect(late.locator(".told")).to_contain_text("Nothing was decided")
    await expect(late.locator(".told")).to_contain_text("the text changed from")
    await state_is(late, "Waits")


async def test_a_new_draft_arrives_on_the_page(pages: Pages, key: str) -> None:
    page = await pages.page(await pages.post(key, "mastodon"))
    await press(page, "n")
    await page.get_by_label("What should be better?").fill("lead with the number")
    await button(page, "Write a new draft")()
    await expect(page.get_by_text("revision 2")).to_be_visible(timeout=30_000)
    await expect(page.locator(".history")).to_contain_text("lead with the number")


async def test_what_people_say_about_a_post_is_shown_as_they_wrote_it_and_told(
    pages: Pages, key: str
) -> None:
    page = await pages.page(await pages.post(key, "mastodon"), width=1440)
    words = "<script>alert(1)</script> Is \u202e9 years right, @lee?"
    await page.get_by_label("Say something about it").fill(words)
    await button(page, "Comment")()

    await expect(page.locator(".told")).to_contain_text("it mentions lee")
    said = page.locator("#comments li")
    await expect(said).to_contain_text("<script>alert(1)</script> Is U+202E9 years right")
    await expect(said).to_contain_text("kim to lee")
    assert await page.locator("#comments script").count() == 0
    assert len(await pages.stack.state.names("notifications/mentions/")) == 1
    heads = page.locator(".split.even > .panel > h2")  # of the first row: two of two or three
    tops = await heads.evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert tops[0] == tops[1], "what stands side by side begins at one height"


async def test_a_rejection_keeps_its_reason(pages: Pages, key: str) -> None:
    page = await pages.page(await pages.post(key, "linkedin"))
    await press(page, "r")
    await page.locator("#reject textarea").fill("not for this audience")
    pages.site.sending.undo_seconds = 60
    await button(page, "Never publish it")()
    await button(page, "Undo")()
    await expect(page.locator("#reject textarea")).to_have_value("not for this audience")
    pages.site.sending.undo_seconds = 0.1
    await button(page, "Never publish it")()
    await state_is(page, "Rejected")
    await expect(page.get_by_text("Goes out", exact=True)).to_have_count(0)
    await expect(page.get_by_role("heading", name="What Buffer will get")).to_have_count(0)
    await expect(page.locator(".note.bad")).to_have_count(0)
    await expect(page.locator(".history")).to_contain_text("not for this audience")


async def test_a_picture_of_ones_own_takes_the_place_of_the_card(pages: Pages, key: str) -> None:
    page = await pages.page(await pages.post(key, "instagram"))
    before = await page.locator(".preview img").first.get_attribute("src")
    await page.locator("#media summary").click()
    picture = FilePayload(name="bridge.png", mimeType="image/png", buffer=png(1080, 1350))
    await page.locator("#media input[type=file]").set_input_files([picture])
    await page.get_by_label("Alt text: what").fill("The bridge at dawn")
    await button(page, "Change the media")()
    await expect(page.get_by_text("revision 2")).to_be_visible(timeout=30_000)
    await expect(page.locator(".alts")).to_contain_text("The bridge at dawn")
    assert await page.locator(".preview img").first.get_attribute("src") != before

    digest = await page.locator(".digest").first.text_content()
    await page.get_by_role("heading", name="Crop picture 1").click()
    slider = page.get_by_role("slider", name="Cut off at the top")
    await slider.press("PageUp")
    await slider.press("PageUp")
    await expect(slider).to_have_value("19")
    await button(page, "Crop it")()
    # The network gets the part, fitted anew, with its alt text.
    await expect(page.get_by_text("revision 3")).to_be_visible(timeout=30_000)
    await expect(page.locator(".alts")).to_contain_text("The bridge at dawn")
    await expect(page.locator(".alts")).to_contain_text("1080 by 109")
    assert await page.locator(".digest").first.text_content() != digest

    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    # The rest is on the pages of other posts, too.
    assert await faults_either_way(page, ".preview, #media, #crop-1") == []


async def test_a_file_that_is_no_picture_is_refused_by_its_name(pages: Pages, key: str) -> None:
    page = await pages.page(await pages.post(key, "instagram"))
    await page.locator("#media summary").click()
    code = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    named = FilePayload(name="bridge.png", mimeType="image/png", buffer=code)
    await page.locator("#media input[type=file]").last.set_input_files([named])
    await button(page, "Change the media")()
    await expect(page.locator(".told")).to_contain_text("bridge.png cannot be attached")


async def test_a_campaign_is_decided_by_keys_alone(pages: Pages, key: str) -> None:
    page = await pages.page(inbox(key))
    await press(page, "j")
    await press(page, "x")
    await press(page, "j")
    await press(page, "x")
    await page.get_by_role("button", name="Look at 2 selected").press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("2 posts together")
    await press(page, "a")
    await expect(page.locator(".told")).to_contain_text("2 approved")
    await press(page, "?")
    await expect(page.get_by_role("dialog")).to_be_visible()


async def test_a_client_decides_by_a_link_on_one_campaign(pages: Pages, key: str) -> None:
    other = SOURCE.replace("bridge", "ferry")
    made = await pages.start(other, Platform.X, Platform.LINKEDIN)
    page = await pages.page(await pages.post(made, "x"))
    await page.get_by_role("heading", name="Show it to a client").click()
    await page.get_by_label("Name of the client").fill("Acme")
    await button(page, "Make the link")()
    link = await page.get_by_label("Link").input_value()
    theirs = await pages.page(link, 360, is_person=False)

    await expect(theirs).to_have_url(re.compile(r"/client$"))
    await expect(theirs.locator(".preview")).to_have_count(2)
    assert await theirs.evaluate("document.documentElement.scrollWidth") <= 360
    linkedin = theirs.get_by_role("region", name="LinkedIn")
    await linkedin.get_by_text("Ask for changes").click()
    await linkedin.get_by_label("What should be different?").fill("say who pays for it")
    # Two at once: the second is sent beside the first, and the server has no time for it.
    await theirs.route("**/changes", lambda route: route.fulfill(status=204), times=1)
    await theirs.route("**/approve", lambda route: route.fulfill(status=503), times=1)
    await theirs.evaluate(_TWO_AT_ONCE)
    await expect(theirs.locator(".told")).to_have_text("That was not sent: press it again.")
    pages.troubles.clear()  # Chromium calls the status 503 of an answer an error.
    await theirs.reload()
    await linkedin.get_by_text("Ask for changes").click()
    await linkedin.get_by_label("What should be different?").fill("say who pays for it")
    await theirs.set_viewport_size({"width": 1440, "height": 2000})
    # On a slow network the first form is still on its way when the second is pressed, twice.
    went = asyncio.Event()

    async def slow(route: Route) -> None:
        await went.wait()
        await route.continue_()

    await theirs.route("**/changes", slow)
    x = theirs.get_by_role("region", name=re.compile("^X,"))
    approve = await middle(x.get_by_role("button", name="Approve"))
    async with theirs.expect_request("**/changes"):
        await theirs.mouse.click(*await middle(linkedin.get_by_role("button", name="Send")))
    async with theirs.expect_request("**/approve"):
        await theirs.mouse.dblclick(*approve)
    went.set()
    told = theirs.locator(".told")
    await expect(told.get_by_text("is approved. It goes out")).to_be_visible(timeout=20_000)
    await expect(told.get_by_text("Nothing was decided")).to_have_count(0)

    answer = await theirs.goto(await pages.post(key, "x"))
    assert answer
    assert answer.url.endswith("/client")
    page = await pages.page(await pages.post(made, "x"))
    await expect(page.locator(".history")).to_contain_text("Acme (client) approved revision 1")
    await page.goto(await pages.post(made, "linkedin"))
    await expect(page.locator(".history")).to_contain_text("say who pays for it")
