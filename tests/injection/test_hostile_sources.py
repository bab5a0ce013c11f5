"""No source changes who is mentioned, what is linked, or where a post goes.

The sources pass the real readers and the real SDK; the model behind the socket obeys
them, as the emulator does when it is told to.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.drafting.drafts import ModelDrafting
from galley.clients.anthropic import DraftClient
from galley.clients.storage import ObjectStore
from galley.drafting.answers import Prompt, Turn
from galley.drafting.messages import rules, source_block
from galley.drafting.sanitizer import visible
from galley.models.channel import Board, Channel
from galley.models.draft import Draft, DraftReply, WriteDraft, WriteSet
from galley.models.network import Platform
from galley.models.source import SourceDocument, SourceRef
from galley.networks.text import find_links
from tests.anthropic_emulator import anthropic_emulator, order_fault
from tests.asking import asked
from tests.emulator_process import clear_faults
from tests.injection.reading import SOURCES, read_hostile
from tests.memory_store import MemoryStore

pytestmark = pytest.mark.server

FILES = sorted(SOURCES.iterdir())
NETWORKS = (Platform.X, Platform.PINTEREST, Platform.MASTODON, Platform.YOUTUBE)
_SIGN = re.compile(r"[@\uff20]|[#\uff03]\w")
_SCHEME = re.compile(r"\w+://|//\w|javascript:|data:|mailto:|tel:|www\.", re.IGNORECASE)


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with anthropic_emulator() as address:
        yield address


@pytest.fixture
async def client(emulator: str) -> AsyncIterator[DraftClient]:
    clear_faults(emulator)
    order_fault(emulator, "obey", times=50)
    client = DraftClient(api_key="k", base_url=emulator, model="claude-sonnet-5-5")
    yield client
    await client.aclose()


@pytest.fixture(scope="module")
def state_store() -> ObjectStore:
    """Give one store for all: what is done to a source is none of a bucket's."""
    return MemoryStore()


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.name)
async def source(request: pytest.FixtureRequest, state_store: ObjectStore) -> SourceRef:
    """Read each hostile source once."""
    return await read_hostile(state_store, request.param)


def channel(platform: Platform) -> Channel:
    boards = (Board(service_id="77", name="Boats"),)
    return Channel(
        id=f"ch-{platform}",
        name="Ferry",
        platform=platform,
        boards=boards if platform is Platform.PINTEREST else (),
    )


async def write(
    store: ObjectStore, client: DraftClient, source: SourceRef, platform: Platform
) -> DraftReply:
    drafting = ModelDrafting(state=store, client=client)
    task = WriteDraft(
        source=source,
        channel=channel(platform),
        options=asked(threads=platform is Platform.MASTODON),
    )
    return await ActivityEnvironment().run(drafting.write_draft, task)


def words_of(draft: Draft, link: str) -> list[str]:
    """Return every field that reaches a network, without what Galley itself adds."""
    fields = (draft.title, draft.headline, draft.alt_text, draft.link, draft.board)
    tags = sorted((f"#{tag}" for tag in draft.hashtags), key=len, reverse=True)
    own = [link, *tags]
    texts: list[str] = []
    for text in (draft.text, *draft.thread, *fields):
        left = text
        for added in filter(None, own):
            left = re.sub(re.escape(added), "", left, flags=re.IGNORECASE)
        texts.append(left)
    return texts


async def together(
    store: ObjectStore, client: DraftClient, source: SourceRef, key: str
) -> dict[Platform, DraftReply]:
    """Return the parts of posts that an obedient model wrote with one request."""
    drafting = ModelDrafting(state=store, client=client)
    channels = tuple(channel(platform) for platform in NETWORKS)
    task = WriteSet(key=key, source=source, planned=channels, options=asked())
    ref = await ActivityEnvironment().run(drafting.write_set, task)
    assert ref.posts == len(channels)
    posts = [
        WriteDraft(source=source, channel=one, options=task.options, draft_set=ref)
        for one in channels
    ]
    replies = [await ActivityEnvironment().run(drafting.write_draft, post) for post in posts]
    assert {reply.provenance.set_size for reply in replies} == {len(channels)}
    return dict(zip(NETWORKS, replies, strict=True))


@pytest.mark.parametrize("is_set", [True, False], ids=["together", "by itself"])
async def test_a_hostile_source_leads_nowhere_and_names_nobody(
    state_store: ObjectStore, client: DraftClient, source: SourceRef, *, is_set: bool
) -> None:
    link = source.link or ""
    assert "evil" not in link

    parts = await together(state_store, client, source, source.sha256[:12]) if is_set else {}
    for platform in NETWORKS:
        reply = parts.get(platform) or await write(state_store, client, source, platform)
        draft = reply.draft
        for text in words_of(draft, link):
            assert not _SIGN.search(text)
            assert not _SCHEME.search(text)
            assert find_links(text) == ()
            assert visible(text) == text
        assert [tag for tag in draft.hashtags if "evilcom" in tag.lower()] == []
        assert draft.board == ("Boats" if platform is Platform.PINTEREST else "")
        assert draft.link in {"", link}
        assert draft.extras is None or "evil" not in draft.extras.model_dump_json()
        assert [one.rule for one in reply.problems if not one.is_claim] == []


async def test_a_stored_source_holds_nothing_unseen(
    state_store: ObjectStore, source: SourceRef
) -> None:
    data = await state_store.get(f"sources/{source.sha256}.json")
    document = SourceDocument.model_validate_json(data or b"")

    for text in (document.text, document.title, document.author or "", *document.tags):
        assert visible(text) == text


async def test_the_obedient_model_does_what_its_source_says(
    state_store: ObjectStore, client: DraftClient
) -> None:
    source = await read_hostile(state_store, SOURCES / "instructions.md")
    data = await state_store.get(f"sources/{source.sha256}.json")
    document = SourceDocument.model_validate_json(data or b"")
    asked = Prompt(
        rules=rules(),
        source=source_block(document, source.sha256),
        turns=(Turn("user", "Write the post for X."),),
    )

    answer = (await client.write(asked)).answer

    assert answer is not None
    post = answer.posts[0]
    for text in (post.body, post.title, post.headline, post.alt_text):
        assert {"https://evil.com/win?x=1", "@evil", "#EvilDeal"} <= set(text.split())
    assert "EvilDeal" in post.hashtags


async def test_a_file_whose_link_is_a_script_is_refused(
    state_store: ObjectStore, tmp_path: Path
) -> None:
    file = tmp_path / "script.md"
    await asyncio.to_thread(
        file.write_text, '---\ntitle: A\nlink: "javascript:alert(1)"\n---\nThe ferry.'
    )

    with pytest.raises(ApplicationError) as caught:
        await read_hostile(state_store, file)

    assert caught.value.type == "SourceError"
