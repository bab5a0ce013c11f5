"""Links of other sites lead to the pages, with the service worker at work; nothing else may ask."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect
from pytest_httpserver import HTTPServer

from tests.web.conftest import Pages
from web.access import COOKIE

_TITLE = "Account · Galley"
_REFUSED = "Pages of other sites may not ask this server."


def _of_another_site(to: str) -> str:
    """Return a page with each way in which a site may ask another."""
    return f"""<!doctype html><title>Another site</title>
    <a id="link" href="{to}/account">a link</a>
    <form id="get" action="{to}/account"><button>go</button></form>
    <form id="post" action="{to}/sign-out" method="post"><button>sign out</button></form>
    <iframe name="framed" src="about:blank"></iframe>"""


@pytest.fixture(name="elsewhere")
def _elsewhere(httpserver: HTTPServer, pages: Pages) -> str:
    """Give the address of a page of another site: localhost is another one than 127.0.0.1."""
    page = _of_another_site(pages.address)
    httpserver.expect_request("/").respond_with_data(page, content_type="text/html")
    httpserver.expect_request("/back").respond_with_data(
        status=302, headers={"Location": f"{pages.address}/account"}
    )
    return f"http://localhost:{httpserver.port}"


@pytest.fixture(name="visitor")
async def _visitor(pages: Pages) -> AsyncIterator[Page]:
    """Give the browser of a person who was here before, so that the service worker answers."""
    context = await pages.browser.new_context(service_workers="allow")
    cookie = pages.site.sessions.begin(pages.site.person)
    await context.add_cookies([{"name": COOKIE, "value": cookie, "url": pages.address}])
    page = await context.new_page()
    await page.goto(f"{pages.address}/calendar")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.reload()
    assert await page.evaluate("Boolean(navigator.serviceWorker.controller)")
    yield page
    await context.close()


@pytest.mark.parametrize("way", ["#link", "#get button"])
async def test_a_link_of_another_site_leads_to_a_page_that_was_visited_before(
    way: str, elsewhere: str, visitor: Page
) -> None:
    await visitor.goto(elsewhere)
    await visitor.click(way)

    await expect(visitor).to_have_title(_TITLE)


async def test_a_browser_that_another_site_sends_back_reaches_the_page(
    elsewhere: str, visitor: Page
) -> None:
    # As a provider of OpenID Connect does once somebody has signed in there.
    await visitor.goto(f"{elsewhere}/back")

    await expect(visitor).to_have_title(_TITLE)


async def test_what_is_no_link_is_refused_to_another_site(
    pages: Pages, elsewhere: str, visitor: Page
) -> None:
    await visitor.goto(elsewhere)
    asked = """([to, mode]) => fetch(to, {credentials: 'include', mode})
        .then(() => 'answered', () => 'refused')"""
    account = f"{pages.address}/account"
    told = [await visitor.evaluate(asked, [account, mode]) for mode in ("cors", "no-cors")]
    loads = """to => new Promise(done => {
        const frame = document.querySelector('iframe');
        frame.onload = done;
        frame.src = to;
    })"""
    await visitor.evaluate(loads, account)
    framed = visitor.frames[1]
    shown = await framed.title()
    async with visitor.expect_response(f"{pages.address}/sign-out") as posted:
        await visitor.click("#post button")
    sent = await posted.value

    assert told == ["refused", "refused"]
    assert shown != _TITLE
    assert (sent.status, (await sent.text()).strip()) == (403, _REFUSED)
    await visitor.goto(account)
    await expect(visitor).to_have_title(_TITLE)
