"""What a user sees who asks for what cannot work: one sentence and an exit code."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from galley.models.network import Platform
from galley.models.post import PostState
from tests.end_to_end.campaigns import Campaign, begin
from tests.end_to_end.stack import Stack, Told
from tests.end_to_end.texts import article
from tests.ports import free_port
from tests.serving import answering, serving

pytestmark = [pytest.mark.server]

NOISE = bytes(range(256)) * 40
PAGES = {
    "/huge": answering(b"<p>" + b"tide " * 1_500_000),
    "/picture": answering(NOISE, content_type="image/png"),
    "/disguised": answering(NOISE),
    "/empty": answering(b"<html><body></body></html>"),
    "/missing": answering(b"gone", status="404 Not Found"),
    "/later": answering(b"later", status="503 Service Unavailable"),
}
FILES = {
    "broken.md": b"---\ntitle: [unclosed\n---\n\nThe tide comes in.\n",
    "empty.md": b"---\ntitle: Nothing\n---\n\n",
    "noise.md": NOISE,
    "picture.png": NOISE,
    "huge.md": b"The tide comes in.\n" * 600_000,
    "prompts.yaml": b"prompts:\n  - {a: [}\n",
    "fine.md": article("Ravenglass").encode(),
}
SILENT = free_port()


@pytest.fixture(scope="module", name="site")
async def _site() -> AsyncIterator[str]:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        await PAGES[path](path, writer)

    async with serving(answer) as address:
        yield address


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory, site: str) -> AsyncIterator[Stack]:
    hosts = f'["{site}", "127.0.0.1:{SILENT}"]'
    folder: Path = tmp_path_factory.mktemp("stack")
    stack = Stack(folder, GALLEY_FETCH_PRIVATE_HOSTS=hosts)
    try:
        await stack.start()
        await stack.buffer.patch("youtube", isDisconnected=True)
        await stack.buffer.patch("pinterest", isLocked=True)
        for name, content in FILES.items():
            (folder / name).write_bytes(content)
        yield stack
    finally:
        stack.close()


def is_refused(told: Told, code: int, said: str) -> None:
    """Hold that a command ended with this code and one sentence, and did nothing."""
    assert (told.code, told.out) == (code, "")
    assert said in told.err
    assert told.said.count("\n") == 1
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("huge", "is larger than 5 MB: give a smaller file, or one with only the text."),
        ("picture", "sent image/png, not an article"),
        ("disguised", "sent a binary file, not an article"),
        ("empty", "holds no article text: give the address of one article."),
        ("missing", "answered 404: check that anyone can open this address."),
    ],
)
async def test_a_page_that_is_no_article_says_why(
    stack: Stack, site: str, path: str, said: str
) -> None:
    is_refused(await stack.cli("start", f"http://{site}/{path}"), 1, said)


async def test_a_page_that_does_not_come_is_asked_for_again_and_then_given_up(
    stack: Stack, site: str
) -> None:
    closed, later = await asyncio.gather(
        stack.cli("start", f"http://127.0.0.1:{SILENT}/article"),
        stack.cli("start", f"http://{site}/later"),
    )

    is_refused(closed, 1, "cannot be reached (ConnectError): check the address")
    is_refused(later, 1, "answered 503: try again later.")


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/article",
        "http://localhost/article",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/article",
    ],
)
async def test_a_private_address_is_not_fetched(stack: Stack, url: str) -> None:
    is_refused(await stack.cli("start", url), 1, "is a private address: give a public")


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("broken.md", 1, "the front matter is broken at line 3: mend the YAML there."),
        ("empty.md", 1, "holds no text to read: give a file with text."),
        ("prompts.yaml", 1, "is broken at line 2: mend the YAML there."),
        ("noise.md", 2, "is a binary file: give a text file."),
        ("picture.png", 2, "is no kind of file Galley reads: give .md"),
        ("huge.md", 2, "is larger than 10 MB: give only the text."),
        ("ftp://example.com/article", 2, "is not a web address"),
        ("https://kim:pass@example.com/", 2, "holds a user name or password"),
    ],
)
async def test_a_source_that_cannot_be_read_says_why(
    stack: Stack, source: str, code: int, said: str
) -> None:
    is_refused(await stack.cli("start", source), code, said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--channel=nobody"], "'nobody' is not a channel; choose one of: galley-demo"),
        (["--channel=galley-demo"], "is the name of several channels; choose one of"),
        (["--platform=youtube"], "youtube · galley-demo is disconnected: reconnect"),
        (["--platform=pinterest"], "is locked by the Buffer plan: unlock it in Buffer"),
    ],
)
async def test_a_channel_that_cannot_be_used_says_why(
    stack: Stack, options: list[str], said: str
) -> None:
    is_refused(await stack.cli("start", "fine.md", *options), 2, said)


async def test_a_campaign_leaves_out_what_it_cannot_use_and_starts_once(stack: Stack) -> None:
    (stack.folder / "Drigg.md").write_text(article("Drigg"))
    command = ("start", "Drigg.md", "--platform=x", "--platform=youtube")

    first = await stack.cli(*command)
    again = await stack.cli(*command)
    other = await stack.cli(*command, "--variants=2")
    campaign_id = first.out.split()[1]
    # While it plans its posts, none can be added.
    await stack.client.get_workflow_handle(campaign_id).result()
    more = await stack.cli("start", "Drigg.md", "--platform=bluesky")

    assert (first.code, again.code, more.code) == (0, 0, 0)
    assert "Skipped: youtube · galley-demo is disconnected" in first.err
    assert first.out.startswith(f"Started {campaign_id}\n")
    assert again.out.startswith(f"Already started: this source has {campaign_id}\n")
    assert again.out.splitlines()[1:] == first.out.splitlines()[1:]
    is_refused(other, 2, "started with other values for --variants: add --edition 2")
    assert more.out.startswith(f"Started {campaign_id}\n")
    await Campaign(stack, campaign_id).reach(PostState.IN_REVIEW, platforms=("x", "bluesky"))


async def test_a_channel_that_is_disconnected_after_the_draft_holds_its_post_alone(
    stack: Stack,
) -> None:
    campaign = await begin(stack, "Seascale", "--platform=x", "--platform=threads")
    await campaign.reach(PostState.IN_REVIEW, count=2)
    await stack.buffer.patch("threads", isDisconnected=True)

    told = await stack.cli("approve", campaign.id)

    assert told.code == 0, told.err
    await campaign.reach(PostState.HELD, platforms=[Platform.THREADS])
    await campaign.reach(PostState.PUBLISHED, platforms=[Platform.X])
    shown = await stack.cli("show", f"{campaign.key}/threads")
    assert "Channel is disconnected, please reconnect it." in shown.out


async def test_a_wrong_buffer_key_is_exit_code_4(stack: Stack) -> None:
    wrong = {"BUFFER_API_KEY": "bad-marker-00f1e2d3c4"}
    await stack.restart_worker(**wrong)
    try:
        listed = await stack.cli("channels", **wrong)
        started = await stack.cli("start", "fine.md", **wrong)
    finally:
        await stack.restart_worker()

    for told in (listed, started):
        is_refused(told, 4, "Buffer does not accept the key: make a new one at https:")
        assert wrong["BUFFER_API_KEY"] not in told.err


async def test_with_no_worker_a_start_says_so_and_goes_on_later(stack: Stack) -> None:
    stack.kill("worker")
    try:
        told = await stack.cli("start", "fine.md", "--platform=x", "--json")
    finally:
        await stack.revive("worker")

    assert told.code == 0
    assert told.said == ("No worker has taken it up yet: start one with `galley-worker`.\n")
    campaign = Campaign(stack, told.json["campaign_id"])
    await campaign.reach(PostState.IN_REVIEW)


async def test_a_buffer_that_is_away_is_told_and_the_campaign_goes_on_by_itself(
    stack: Stack,
) -> None:
    (stack.folder / "Muncaster.md").write_text(article("Muncaster"))
    command = ("start", "Muncaster.md", "--platform=x")
    await stack.restart_worker()
    stack.kill("buffer")
    try:
        told = await stack.cli(*command)
    finally:
        await stack.revive("buffer")

    is_refused(told, 3, "Buffer cannot be reached (ConnectError): check the network")
    (campaign_id,) = re.findall(r"campaign:\w+", told.err)
    await Campaign(stack, campaign_id).reach(PostState.IN_REVIEW)
    assert (await stack.cli(*command)).out.startswith("Already started")
