"""Material that hardly makes a post: a useful draft comes of it, or one clear sentence."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import yaml
from temporalio.testing import ActivityEnvironment

from activities.drafting.drafts import ModelDrafting
from app.brands.personas import check_persona
from emulators.anthropic.prose import language_of
from galley.clients.anthropic import CondenseClient, DraftClient
from galley.drafting.messages import brief_text
from galley.models.brand import Persona
from galley.models.draft import Draft, DraftReply, WriteDraft, WriteSet
from galley.models.network import Platform
from galley.models.options import Form
from galley.models.source import SourceKind, SourceRef
from galley.sources.articles import read_article
from galley.sources.markdown import read_markdown, read_text
from galley.sources.text import SourceError
from tests.activities.test_briefs import HAIKU, brief_of, condense, condensing
from tests.activities.test_briefs import document as long_document
from tests.activities.test_briefs import stored as stored_long
from tests.activities.test_drafting import article, channel, stored, with_persona
from tests.anthropic_emulator import anthropic_emulator
from tests.asking import asked
from tests.memory_store import MemoryStore

pytestmark = pytest.mark.server

SIGN_IN = b"""<!doctype html><html lang=en><title>Sign in</title><main><h1>Sign in</h1><form>
<label>Password <input type=PassWord></label></form><p>Forgot your password?</p><p>New here? Create
an account.</p><p>By signing in you agree to our terms of service and our privacy policy. We use
cookies to keep you signed in on this device.</p></main>"""
LINKS = """# Links

- [Harbour board](https://ferry.example/board)
- [Ferry times](https://ferry.example/times)
- https://ferry.example/tides
1. [Lost *property*](https://ferry.example/lost)
"""
THREE = """Die Nachtf\u00e4hre f\u00e4hrt ab dem 3. Mai wieder. Der Sturm hat die Kasse ins Meer
geworfen, und seitdem z\u00e4hlen zwei Schreiber jede Karte.

The night ferry carries 212 passengers. Last winter it sailed on 41 nights, and on nine of them
nobody came to the pier.

Le bar du ferry ouvre \u00e0 vingt heures. On y sert une soupe de poisson, et le cuisinier
ne donne la recette \u00e0 personne."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with anthropic_emulator() as address:
        yield address


@pytest.fixture
async def client(emulator: str) -> AsyncIterator[DraftClient]:
    client = DraftClient(api_key="k", base_url=emulator, model="claude-sonnet-5-5")
    yield client
    await client.aclose()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


async def posts_of(
    drafting: ModelDrafting, source: SourceRef, platforms: tuple[Platform, ...], form: Form
) -> list[DraftReply]:
    options = asked(form=form)
    channels = tuple(map(channel, platforms))
    task = WriteSet(key="aa11", source=source, planned=channels, options=options)
    ref = await ActivityEnvironment().run(drafting.write_set, task)
    parts = [
        WriteDraft(source=source, channel=one, options=options, draft_set=ref, post_key=one.id)
        for one in channels
    ]
    return [await ActivityEnvironment().run(drafting.write_draft, one) for one in parts]


def test_a_page_to_sign_in_is_no_article() -> None:
    with pytest.raises(SourceError, match="is a page to sign in: save the text behind it"):
        read_article(SIGN_IN, "The page")


def test_an_article_beside_a_form_to_sign_in_is_read() -> None:
    words = "The ferry sails at night, and two clerks count every ticket of it twice. " * 20

    assert read_article(SIGN_IN.replace(b"<p>New", f"<p>{words}</p><p>New".encode()), "The page")


def test_a_list_of_links_says_nothing_itself() -> None:
    names = [f"All about the ferry of pier {n}, its berths and its bar" for n in range(9)]
    html = "".join(f"<li><a href=/{n}>{one}</a></li>" for n, one in enumerate(names))

    with pytest.raises(SourceError, match="is a list of links, and says nothing itself"):
        read_markdown(LINKS.encode(), "links.md")
    with pytest.raises(SourceError, match="give one of the pages it names"):
        read_text(b"https://ferry.example/a\nhttps://ferry.example/b\nwww.ferry.example/c", "a.txt")
    with pytest.raises(SourceError, match="list of links"):
        read_article(f"<html><article><ul>{html}</ul></article></html>".encode(), "The page")


@pytest.mark.parametrize(
    "text",
    [
        "- Bring cookies\n- Bring a lamp\n- Bring the ledger\n- Come early",
        f"{LINKS}\nThe ferry sails again.\n\nTwo clerks count the tickets.",
        "See [the board](https://ferry.example/board).",
    ],
)
def test_lists_and_texts_with_links_are_read(text: str) -> None:
    assert read_markdown(text.encode(), "notes.md").text


async def test_a_source_in_three_languages_gives_posts_of_one_language_each(
    store: MemoryStore, client: DraftClient
) -> None:
    source = await stored(store, article(THREE))

    platforms = tuple(Platform)
    replies = await posts_of(ModelDrafting(store, client), source, platforms, Form.POST)

    for reply in replies:
        assert reply.problems == ()
        body = reply.draft.text.partition("\n\n#")[0].partition("\n\nhttps")[0]
        spoken = {language_of(one) for one in body.split("\n\n") if one}
        assert len(spoken - {""}) <= 1, body
    assert len({language_of(reply.draft.text) for reply in replies}) > 1


async def test_a_hundred_thousand_words_become_posts_that_stand_in_them(
    store: MemoryStore, client: DraftClient, emulator: str
) -> None:
    source = long_document(15)
    assert len(source.text.split()) > 100_000
    condenser = CondenseClient(api_key="k", base_url=emulator, model=HAIKU)
    task = await stored_long(store, source)
    brief = await condense(condensing(store, condenser), task)
    await condenser.aclose()
    ref = SourceRef(kind=SourceKind.TEXT, sha256=task.sha256, title="Talk", words=9, brief=brief)

    replies = await posts_of(ModelDrafting(store, client), ref, (Platform.LINKEDIN,), Form.POST)

    assert len(brief_text(await brief_of(store, brief)).encode()) < 50_000
    said = " ".join(source.text.split())
    for reply in replies:
        assert reply.problems == ()
        sentences = reply.draft.text.partition("\n\n#")[0].split("\n\n")
        assert sentences
        assert all(one in said for one in sentences)


async def test_a_persona_that_forbids_what_it_says_is_told_so_and_its_drafts_are_marked(
    store: MemoryStore, client: DraftClient, tmp_path: Path
) -> None:
    persona = Persona(
        brand="The Night Ferry",
        voice="Dry.",
        do=("Be brief",),
        dont=("be brief",),
        avoid=("ferry", "tickets"),
        call_to_action="Take the ferry.",
        examples=("The bar opens at eight.",),
    )
    file = tmp_path / "persona.yaml"
    file.write_text(yaml.safe_dump(persona.model_dump(mode="json", exclude_defaults=True)))

    advice = check_persona(file).advice
    task = await with_persona(store, persona)
    reply = await ActivityEnvironment().run(ModelDrafting(store, client).write_draft, task)

    assert [one for one in advice if "'ferry'" in one] != []
    assert [one for one in advice if "does and does not: be brief" in one] != []
    assert [one.message for one in reply.problems if one.rule == "persona_words"] == [
        "The Night Ferry does not say 'ferry', 'tickets': use other words."
    ]


async def test_a_question_where_nobody_can_answer_is_proposed_to_be_left_out(
    store: MemoryStore, client: DraftClient
) -> None:
    source = await stored(store, article())
    drafting = ModelDrafting(store, client)
    platforms = (Platform.GOOGLEBUSINESS, Platform.THREADS)

    left_out, asked_there = await posts_of(drafting, source, platforms, Form.QUESTION)
    wanted = WriteDraft(
        source=source,
        channel=channel(Platform.GOOGLEBUSINESS),
        options=asked(form=Form.QUESTION),
        previous=Draft(text=""),
        note="All the same.",
    )
    written = await ActivityEnvironment().run(drafting.write_draft, wanted)

    (problem,) = left_out.problems
    assert left_out.is_skip
    assert problem.message == (
        "The drafter proposes no post for Google Business: a question is wanted, and nobody can "
        "answer there. Reject it, or have one written."
    )
    assert not asked_there.is_skip
    assert not written.is_skip
    assert written.draft.text
