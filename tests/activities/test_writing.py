"""Longer texts by the real SDK from the emulator, kept in a real store."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.budget.ceilings import BudgetKeeper
from activities.drafting.pieces import PieceWriting, page_of
from galley.budget.ceilings import spending_of
from galley.budget.prices import known_prices
from galley.clients.anthropic import DraftClient
from galley.clients.storage import ObjectStore
from galley.drafting.messages import LIMITS
from galley.drafting.prompt_files import load_prompts
from galley.models.budget import Ceilings
from galley.models.draft import Draft, Piece, PieceForm, Provenance, Slide, WritePiece
from galley.models.source import SourceDocument, SourceKind, SourceRef
from tests.anthropic_emulator import anthropic_emulator, order_fault
from tests.emulator_process import clear_faults
from tests.extractive import SENTENCES

pytestmark = pytest.mark.server

FERRY = (Path(__file__).with_name("articles") / "ferry.md").read_text()
LINK = "https://ferry.example/notes/eleven-tickets"


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with anthropic_emulator() as address:
        yield address


@pytest.fixture
async def writing(emulator: str, state_store: ObjectStore) -> AsyncIterator[PieceWriting]:
    clear_faults(emulator)
    client = DraftClient(api_key="sk-local", base_url=emulator, model="claude-sonnet-5-5")
    keeper = BudgetKeeper(state_store, Ceilings(), known_prices(), client.model)
    yield PieceWriting(state_store, client, keeper)
    await client.aclose()


async def task_of(store: ObjectStore, form: PieceForm, text: str = FERRY) -> WritePiece:
    document = SourceDocument(
        kind=SourceKind.MARKDOWN, title="Eleven tickets paid twice", link=LINK, text=text
    )
    data = document.model_dump_json().encode()
    sha256 = hashlib.sha256(data).hexdigest()
    await store.put_if_absent(f"sources/{sha256}.json", data, "application/json")
    source = SourceRef(kind=document.kind, sha256=sha256, title=document.title, link=LINK, words=9)
    return WritePiece(source=source, form=form, piece_key=f"{sha256[:12]}-{form}:text")


async def written(
    writing: PieceWriting, store: ObjectStore, task: WritePiece
) -> tuple[Piece, dict[str, Any], str]:
    """Return the piece, its front matter and its text."""
    piece = await ActivityEnvironment().run(writing.write_piece, task)
    page = (await store.get(piece.name) or b"").decode()
    _, head, body = page.split("---\n", 2)
    return piece, yaml.safe_load(head), body


@pytest.mark.parametrize("form", PieceForm)
async def test_a_text_says_what_it_was_made_from_and_holds_the_words_of_the_source(
    writing: PieceWriting, state_store: ObjectStore, form: PieceForm
) -> None:
    task = await task_of(state_store, form)

    piece, head, body = await written(writing, state_store, task)

    assert piece.problems == ()
    assert head["title"] == piece.title == "Eleven tickets paid twice"
    assert (head["form"], head["source"], head["model"]) == (form, LINK, "extractive")
    assert head["prompt_revision"] == load_prompts().revision
    assert head["source_sha256"] == task.source.sha256
    assert (head["cost"], "check_before_use" in head) == ("$0.00", False)
    assert body.startswith("\n# Eleven tickets paid twice\n")
    assert body.count("\n## ") >= 3
    assert (LINK in body) is (form is not PieceForm.SCRIPT)
    paragraphs = [line for line in body.splitlines() if line and line[0] not in "#<"]
    flat = " ".join(FERRY.split())
    if form is not PieceForm.SCRIPT:
        assert all(" ".join(line.split()) in flat for line in paragraphs)
    else:
        scene = body.partition("## Scene 1 (0:00 to 0:0")[2].split("\n\n")
        assert scene[1].startswith("On screen: **")
        assert scene[2].startswith("Voice: ")
    folder = f"costs/{task.piece_key.replace(':', '/')}/"
    assert spending_of(await state_store.names(folder)).drafted == {"text"}


async def test_a_source_without_headings_in_another_script_gives_every_form(
    writing: PieceWriting, state_store: ObjectStore
) -> None:
    for script in sorted(SENTENCES):
        text = "\n\n".join(SENTENCES[script].format(n=n) for n in (3, 14, 159, 26))
        for form in PieceForm:
            task = await task_of(state_store, form, text)

            piece, _, body = await written(writing, state_store, task)

            limits = LIMITS[form]
            assert [p for p in piece.problems if not p.is_claim] == [], (script, form)
            assert body.count("\n## ") <= limits.most


async def test_a_refusal_is_final_and_a_lost_source_says_so(
    writing: PieceWriting, state_store: ObjectStore, emulator: str
) -> None:
    order_fault(emulator, "refusal")
    task = await task_of(state_store, PieceForm.BLOG)
    gone = task.model_copy(update={"source": task.source.model_copy(update={"sha256": "0" * 64})})

    for wrong, kind in ((task, "DraftRefused"), (gone, "SourceMissing")):
        with pytest.raises(ApplicationError) as caught:
            await ActivityEnvironment().run(writing.write_piece, wrong)
        assert (caught.value.type, caught.value.non_retryable) == (kind, True)


@given(words=st.text(alphabet="a <>&#-\n'\"!/script", max_size=60))
def test_no_words_of_a_source_become_html_or_front_matter(words: str) -> None:
    draft = Draft(text=words, title=words, slides=(Slide(title=words, text=words),))
    source = SourceRef(kind=SourceKind.TEXT, sha256="0" * 64, title=words, words=1)

    page = page_of(PieceForm.BLOG, draft, source, Provenance(drafter="d"), ())

    head, _, body = page.removeprefix("---\n").partition("\n---\n")
    assert yaml.safe_load(head)["model"] == "d"
    assert "<" not in body
