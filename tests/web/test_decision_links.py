"""A link of a message decides once, for one person, on what the message showed."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.review.decisions import DecisionResult
from galley.models.notification import NotifyChannel
from galley.models.post import PostState
from galley.models.review import DecisionKind
from galley.models.team import Team
from galley.settings import Settings
from tests.web.desk import ADDRESS, STAGED, Desk, pages_of, team_of
from tests.workflows.harness import until
from web.access import COOKIE
from workflows.post.workflow import PostWorkflow

pytestmark = [pytest.mark.server]

_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_DIGEST = re.compile(r'name="digest" value="([^"]+)"')
_LINK = re.compile(rf"{ADDRESS}(/decide/\S+)")


async def send(browser: httpx.AsyncClient, shown: str, kind: str, note: str = "") -> httpx.Response:
    """Send the form of a page."""
    token, digest = _TOKEN.search(shown), _DIGEST.search(shown)
    assert token
    assert digest
    fields = {"token": token[1], "digest": digest[1], "note": note}
    return await browser.post(f"/decide/{kind}", data=fields)


@pytest.mark.parametrize(
    ("address", "issuer", "is_shared"),
    [
        (None, None, False),
        ("http://127.0.0.1:9703", None, False),
        ("http://localhost:9703", "https://accounts.example.com", True),
        ("https://review.example.com", None, True),
    ],
)
def test_pages_at_an_address_of_this_machine_serve_one_person(
    address: str | None, issuer: str | None, *, is_shared: bool
) -> None:
    settings = Settings.model_construct(web_address=address, web_oidc_issuer=issuer)

    assert (settings.team_address is not None) is is_shared


async def test_to_open_a_link_decides_nothing_and_its_form_decides_once(desk: Desk) -> None:
    link, other = await desk.link(), pages_of(desk.client, desk.settings, desk.store, desk.folder)
    async with desk.browser() as scanner:
        # Programs that examine mail open every link, and show the page; some do so twice.
        await scanner.head(link)
        first = await scanner.get(link, follow_redirects=False)
        assert (first.status_code, first.headers["location"]) == (303, "/decide")
        assert first.headers["referrer-policy"] == "no-referrer"
        scanned = await scanner.get(link)
        blind = await scanner.post("/decide/approve", data={"digest": "0" * 64})
    assert blind.status_code == 403
    assert "Approve, as kim" in scanned.text
    assert await desk.decisions() == []

    async with desk.browser() as browser, desk.browser(other) as elsewhere:
        shown, again = await browser.get(link), await elsewhere.get(link)
        assert shown.url.path == "/decide", "the word is in no address that a page has"
        # Two clicks at once, on two replicas.
        answers = await asyncio.gather(
            send(browser, shown.text, "approve"), send(elsewhere, again.text, "approve")
        )
        late = await send(browser, shown.text, "reject", "too late")
    assert await desk.decisions() == [("kim", "approve")]
    assert any("kim approved it" in one.text for one in answers)
    assert "kim approved it" in late.text
    assert not _TOKEN.search(late.text)
    view = await desk.post.query(PostWorkflow.view)
    assert view.approvals[0].signature
    assert view.waiting_for == "1 of 2 approvals; waiting for stage legal"


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"until": datetime(2026, 1, 1, tzinfo=UTC)}, 404), ({"by": ""}, 404), ({"by": "eve"}, 403)],
    ids=["expired", "the value of a button", "of nobody"],
)
async def test_a_link_that_is_none_shows_and_decides_nothing(
    desk: Desk, changes: dict[str, Any], status: int
) -> None:
    links = [await desk.link(**changes)]
    if status == 404:
        good = await desk.link()
        links += [f"{good[:-2]}AA", good.replace(".", "x.", 1), "/decide/x"]
        links += ["/decide/a%E6%97%A5", "/decide/a;b=c%0D%0A", f"/decide/{'x' * 5000}"]
    async with desk.browser() as browser:
        for link in links:
            shown = await browser.get(link)
            assert shown.status_code == status
            assert "waits for" not in shown.text
            assert (
                await browser.post("/decide/approve", data={"token": "x"})
            ).status_code == status


async def test_a_link_ends_with_the_right_of_its_person_and_is_no_other_persons(desk: Desk) -> None:
    link = await desk.link()
    async with desk.browser() as browser:
        shown = await browser.get(link)
        browser.cookies.set(COOKIE, desk.site.sessions.begin("lee"), domain="review.example.com")
        forwarded = await browser.get("/decide")
        assert forwarded.status_code == 403
        assert "acts for kim, and you are signed in as lee" in forwarded.text
        browser.cookies.delete(COOKIE)

        people = [one.model_dump() for one in team_of().people]
        people[0] |= {"roles": ["writer"]}
        people[2] |= {"roles": ["approver", "editor"]}
        less = Team.model_validate({"people": people, "policies": {"acme": STAGED}})
        (desk.folder / "team.yaml").write_text(less.model_dump_json())
        refused = await send(browser, shown.text, "approve")
        assert refused.status_code == 409
        assert "kim may not approve" in refused.text

        people[0] |= {"roles": ["approver", "editor"], "networks": ["linkedin"]}
        other = Team.model_validate({"people": people, "policies": {"acme": STAGED}})
        (desk.folder / "team.yaml").write_text(other.model_dump_json())
        refused = await send(browser, shown.text, "reject", "late")
        assert refused.status_code == 409
        assert "kim may not reject" in refused.text

        (desk.folder / "team.yaml").write_text(team_of("kim").model_dump_json())
        assert (await send(browser, shown.text, "approve")).status_code == 403
    assert await desk.decisions() == []


async def test_a_person_decides_once_on_a_proof_whatever_the_letter_or_its_spelling(
    desk: Desk,
) -> None:
    link, later = await desk.link(), await desk.link(until=datetime.now(UTC) + timedelta(hours=2))
    # The last character of a signature has bits that nobody reads.
    spelled = [f"{link[:-1]}{one}" for one in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if one != link[-1]]
    async with desk.browser() as browser:
        for one in spelled:
            assert (await browser.get(one)).status_code == 404
        shown, other = await browser.get(link), await browser.get(later)
        await browser.get(link)
        await until(desk.listed, lambda one: desk.post.id in one)
        await send(browser, shown.text, "approve")
        assert desk.post.id in await desk.listed(), "another approval is wanted"
        await browser.get(later)
        used = await send(browser, other.text, "reject", "by whoever reads the mail later")
    assert "This link is used up: kim approved it" in used.text
    assert await desk.decisions() == [("kim", "approve")]


async def test_a_link_whose_post_somebody_is_deciding_on_says_who(desk: Desk) -> None:
    async def never() -> DecisionResult:
        raise AssertionError

    desk.site.sending.undo_seconds = 60
    desk.site.sending.hold(desk.post.id, DecisionKind.REJECT, "lee", never, lambda _: None)
    async with desk.browser() as browser:
        shown = await browser.get(await desk.link())
    assert "lee rejected it just now: load the page again in a moment." in shown.text
    assert not _TOKEN.search(shown.text)
    assert desk.site.sending.take_back(desk.post.id, "lee")
    await desk.site.sending.close()


async def test_a_changed_draft_says_what_changed_and_shows_the_new_words(desk: Desk) -> None:
    link = await desk.link()
    async with desk.browser() as browser:
        before = await browser.get(link)
        await desk.edit()
        late = await send(browser, before.text, "approve")
        shown = await browser.get(link)
    assert late.status_code == 409
    for one in (late.text, shown.text):
        assert "It has changed since this message was sent" in one
        assert "the text changed from" in one
        assert "Other words, by lee." in one
        assert "Approve, as" not in one
    assert await desk.decisions() == [("lee", "edit")]


async def test_what_was_not_decided_leaves_the_link_as_it_was(desk: Desk) -> None:
    async with desk.browser() as browser:
        # Legal's turn comes after the editor's.
        shown = await browser.get(await desk.link("lee"))
        early = await send(browser, shown.text, "approve")
        assert "waits for stage editor" in early.text
        kim = await browser.get(await desk.link("kim"))
        await send(browser, kim.text, "approve")
        stale = await send(browser, shown.text, "approve")
        assert stale.status_code == 403, "the form of one link is none of another"
        shown = await browser.get(await desk.link("lee"))
        await send(browser, shown.text, "approve")
    assert await desk.decisions() == [("kim", "approve"), ("lee", "approve")]


async def test_a_rejection_says_why_and_a_page_of_another_site_sends_none(desk: Desk) -> None:
    async with desk.browser() as browser:
        shown = await browser.get(await desk.link())
        silent = await send(browser, shown.text, "reject")
        assert "say why" in silent.text
        fields = {"token": _TOKEN.findall(shown.text)[0], "note": "x"}
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
            foreign = await browser.post("/decide/reject", data=fields, headers=headers)
            assert foreign.status_code == 403
        await send(browser, shown.text, "reject", "A claim is wrong.")
    view = await until(lambda: desk.post.query(PostWorkflow.view), lambda one: bool(one.decisions))
    assert (view.state, view.decisions[0].note) == (PostState.REJECTED, "A claim is wrong.")


async def test_each_letter_decides_for_the_person_who_gets_it(desk: Desk) -> None:
    await desk.send(NotifyChannel.MAIL)

    letters = {letter["To"]: letter for letter in desk.mail.letters}
    assert [*letters] == ["Kim@example.com", "ann@example.com", "eve@example.com"]
    texts = {to: one.get_body(("plain",)).get_content() for to, one in letters.items()}  # pyright: ignore[reportOptionalMemberAccess] -- each has one
    view = await desk.post.query(PostWorkflow.view)
    assert view.draft
    for text in texts.values():
        assert f"> {view.draft.text}" in text
        assert f"Proof {view.digest}" in text
    # Who is nobody of the team is told where to sign in, and gets no link.
    assert not _LINK.search(texts["eve@example.com"])
    (link,) = _LINK.findall(texts["Kim@example.com"])
    async with desk.browser() as browser:
        await send(browser, (await browser.get(link)).text, "approve")
    assert await desk.decisions() == [("kim", "approve")]
    kept = [await desk.store.get(name) or b"" for name in await desk.store.names("")]
    assert not any(link.rpartition("/")[2].encode() in one for one in kept)
