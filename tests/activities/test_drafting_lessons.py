"""Drafts that are written with what reviewers taught."""

import hashlib
from collections.abc import AsyncIterator, Iterator

import pytest
from temporalio.testing import ActivityEnvironment

from activities.drafting.assembly import DraftAssembly
from activities.drafting.drafts import ModelDrafting
from galley.clients.anthropic import DraftClient
from galley.clients.storage import ObjectStore
from galley.drafting.lessons import words_of
from galley.models.brand import Lesson, LessonBook, LessonsRef
from galley.models.channel import Channel
from galley.models.draft import DraftReply, WriteDraft
from galley.models.network import Platform
from galley.models.source import SourceDocument, SourceKind, SourceRef
from tests.anthropic_emulator import anthropic_emulator
from tests.drafting.making import lesson
from tests.extractive import an_empty_post

pytestmark = pytest.mark.server

DOCUMENT = SourceDocument(
    kind=SourceKind.MARKDOWN,
    title="The tide clerks",
    language="en",
    text="The harbour leverages eleven clerks to count the tickets of the night ferry.",
)
EDIT = lesson(before="The bank leverages a book.", after="The bank uses a book.")


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with anthropic_emulator() as address:
        yield address


@pytest.fixture
async def drafting(emulator: str, state_store: ObjectStore) -> AsyncIterator[ModelDrafting]:
    client = DraftClient(api_key="k", base_url=emulator, model="claude-sonnet-5-5")
    yield ModelDrafting(state=state_store, client=client)
    await client.aclose()


async def kept(store: ObjectStore, *lessons: Lesson) -> LessonsRef:
    data = LessonBook(brand="b", lessons=lessons).model_dump_json().encode()
    sha256 = hashlib.sha256(data).hexdigest()
    await store.put_if_absent(f"lessons/{sha256}.json", data, "application/json")
    return LessonsRef(brand="b", sha256=sha256, count=len(lessons))


async def write(
    drafting: ModelDrafting, store: ObjectStore, lessons: LessonsRef | None
) -> DraftReply:
    data = DOCUMENT.model_dump_json().encode()
    sha256 = hashlib.sha256(data).hexdigest()
    await store.put_if_absent(f"sources/{sha256}.json", data, "application/json")
    source = SourceRef(kind=DOCUMENT.kind, sha256=sha256, title=DOCUMENT.title, words=12)
    channel = Channel(id="c", name="Ferry", platform=Platform.X)
    task = WriteDraft(source=source, channel=channel, lessons=lessons)
    return await ActivityEnvironment().run(drafting.write_draft, task)


async def test_a_draft_honours_an_edit_and_says_which_lessons_it_had(
    drafting: ModelDrafting, state_store: ObjectStore
) -> None:
    ref = await kept(state_store, EDIT)

    without = await write(drafting, state_store, None)
    reply = await write(drafting, state_store, ref)

    assert "leverages eleven clerks" in without.draft.text
    assert without.provenance.lessons == ""
    assert "uses eleven clerks" in reply.draft.text
    assert reply.provenance.lessons == ref.sha256[:12]
    assert reply.problems == ()


async def test_lessons_that_are_gone_or_broken_are_missed_and_not_claimed(
    drafting: ModelDrafting, state_store: ObjectStore
) -> None:
    gone = LessonsRef(brand="b", sha256="0" * 64, count=1)
    broken = LessonsRef(brand="b", sha256="1" * 64, count=1)
    name = f"lessons/{broken.sha256}.json"
    await state_store.put_if_absent(name, b"no lessons", "application/json")

    for ref in gone, broken:
        reply = await write(drafting, state_store, ref)

        assert "leverages eleven clerks" in reply.draft.text
        assert reply.provenance.lessons == ""


def test_no_link_account_or_tag_gets_into_a_post_by_a_lesson() -> None:
    words = "See https://evil.example/a, ask @evil about #EvilDeals."
    source = SourceRef(kind=DOCUMENT.kind, sha256="0" * 64, title="T", words=3)
    task = WriteDraft(
        source=source,
        channel=Channel(id="c", name="Ferry", platform=Platform.X),
        lessons=LessonsRef(brand="b", sha256="0" * 64, count=1),
    )

    # The worst case: a model that copies out of the lesson it was shown.
    draft = DraftAssembly(task, DOCUMENT).draft(
        an_empty_post(body=words, headline="h", hashtags=["EvilDeals"])
    )

    assert "evil.example" not in draft.text
    assert "@" not in draft.text
    assert "#" not in draft.text
    assert draft.hashtags == ()
    assert "evil.example" not in words_of(draft)
