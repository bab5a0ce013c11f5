"""Drafts measured on files: answered by hand, by a model on the wire, and judged."""

import asyncio
import json
from pathlib import Path
from typing import Any, cast

import pytest

from bench.drafts.__main__ import assemble, judge_by_model, main, run_by_model
from bench.drafts.folder import Manifest, Pipeline, RunError, RunFolder
from bench.drafts.judging import read_judgements, read_key, same_openings, write_pairs
from bench.drafts.material import read_material
from bench.drafts.model import Model
from bench.drafts.posts import JudgedPost
from bench.drafts.record import record
from bench.drafts.score import bill_of, both_prefer, table_of, tallied
from emulators.anthropic.recorded import recorded_answer
from emulators.anthropic.wire import MessagesRequest
from galley.drafting.answers import ChoicesAnswer, DraftAnswer, Verdict
from galley.drafting.messages import rules, source_block
from galley.models.network import Platform
from tests.anthropic_emulator import anthropic_emulator

SOURCES = Path(__file__).parents[2] / "bench" / "drafts" / "sources"
NAMES = sorted(one.stem for one in SOURCES.iterdir() if one.stem.count(".") == 0)
TWO = (Platform.X, Platform.LINKEDIN)


PERSONA = SOURCES / "larder-4-2.persona.yaml"


def a_run(path: Path, pipeline: Pipeline = "product", persona: Path | None = PERSONA) -> RunFolder:
    folder = RunFolder(path)
    folder.start(
        Manifest(
            source=SOURCES / "larder-4-2.md",
            persona=persona,
            pipeline=pipeline,
            model="claude-sonnet-5-5",
            networks=TWO,
        )
    )
    return folder


def answer(folder: RunFolder, name: str, told: object) -> None:
    file = folder.path / "answers" / f"{name}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"```json\n{json.dumps(told)}\n```\n", encoding="utf-8")


def a_post(body: str, **others: object) -> dict[str, object]:
    rest: dict[str, object] = {"title": "", "headline": "Beans", "alt_text": "Beans."}
    empty: dict[str, object] = {"thread": [], "hashtags": []}
    return {"body": body, **empty, **rest, **others}


def a_set(**bodies: str) -> dict[str, object]:
    posts = [a_post(body, network=name, skip="", parts=[]) for name, body in bodies.items()]
    return {"posts": posts}


def a_choice(network: str, draft: int, *changes: tuple[int, str]) -> dict[str, object]:
    told = [{"sentence": at, "replace": words} for at, words in changes]
    said = [{"sentence": at, "passage": 1, "verdict": "missing"} for at, _ in changes]
    rest = {"angles": ["the beans", "the tins"], "reason": "Short.", "sentences": said}
    return {"network": network, "draft": draft, "changes": told, **rest}


def answer_sets(folder: RunFolder, **bodies: str) -> None:
    """Answer both sets alike, and choose the first draft of each network."""
    answer(folder, "set-1", a_set(**bodies))
    answer(folder, "set-2", a_set(**bodies))
    choices: list[dict[str, object]] = [a_choice(name, 1) for name in bodies]
    answer(folder, "choice-1", {"choices": choices})


async def assembled(path: Path, x: str, linkedin: str) -> RunFolder:
    folder = a_run(path)
    answer_sets(folder, x=x, linkedin=linkedin)
    assert await assemble(folder) == []
    return folder


@pytest.mark.parametrize("name", ["larder-4-2", "werkstattnacht", "choir-prompts"])
async def test_a_request_holds_the_rules_and_the_source_as_the_worker_sends_them(
    tmp_path: Path, name: str
) -> None:
    source = next(SOURCES.glob(f"{name}.[my]*"))
    persona = SOURCES / f"{name}.persona.yaml"
    words = ["requests", str(source), "--persona", str(persona)]
    await asyncio.to_thread(main, [*words, "--out", str(tmp_path)])
    material = await read_material(source, persona)
    system = [block["text"] for block in RunFolder(tmp_path).request("set-1")["system"]]
    assert system[0] == rules(material.persona)
    assert system[1] == source_block(material.document, material.source.sha256)
    assert RunFolder(tmp_path).open_requests() == ["set-1"]


def test_every_source_has_its_persona() -> None:
    sources = [name for name in NAMES if name != "README"]
    assert sources
    assert all((SOURCES / f"{one}.persona.yaml").is_file() for one in sources)


async def test_a_draft_that_breaks_a_limit_is_asked_for_again_alone(tmp_path: Path) -> None:
    folder = a_run(tmp_path)
    answer_sets(folder, x="Beans. " * 60, linkedin="The beans came back.")
    assert await assemble(folder) == ["x-1"]
    asked = folder.request("x-1")["messages"][-1]["content"]
    assert "of 280 characters" in asked
    answer(folder, "x-1", a_set(x="The beans came back."))
    assert await assemble(folder) == []
    told = json.loads((tmp_path / "posts.json").read_text(encoding="utf-8"))
    assert told["posts"]["x"]["text"] == "The beans came back."


async def test_a_choice_is_asked_for_once_both_sets_are_written(tmp_path: Path) -> None:
    folder = a_run(tmp_path)
    answer(folder, "set-1", a_set(x="Beans came back.", linkedin="Beans."))
    assert await assemble(folder) == ["set-2"]
    answer(folder, "set-2", a_set(x="Nine tins.", linkedin="Cans."))
    assert await assemble(folder) == ["choice-1"]
    choices = [a_choice("x", 2, (2, "Tins.")), a_choice("linkedin", 1)]
    answer(folder, "choice-1", {"choices": choices})
    assert await assemble(folder) == ["choice-2"]
    checked = a_choice("x", 1) | {"sentences": [{"sentence": 1, "passage": 1, "verdict": "stated"}]}
    answer(folder, "choice-2", {"choices": [checked]})
    assert await assemble(folder) == []
    posts = posts_of(folder)
    assert posts["x"]["problems"] == []
    assert posts["x"]["text"] == "Tins."
    # Each set comes first in turn: the first of LinkedIn is of the second set.
    assert posts["linkedin"]["text"] == "Cans."


LATER = "Larder 4.2 no longer believes clocks."
STATED = "The beans came back."


async def test_recorded_drafts_are_the_emulators_for_their_source_alone(tmp_path: Path) -> None:
    folder = a_run(tmp_path, persona=None)
    answer_sets(folder, x=f"{STATED} Everybody laughed.", linkedin=LATER)
    said = [
        {"sentence": 2, "passage": 1, "verdict": "stated"},
        {"sentence": 3, "passage": 1, "verdict": "missing"},
    ]
    choices = [a_choice("x", 1) | {"sentences": said}, a_choice("linkedin", 1)]
    answer(folder, "choice-1", {"choices": choices})
    assert await assemble(folder) == []
    assert "Everybody laughed." in posts_of(folder)["x"]["doubts"][0]

    recording, left_out = await record(folder)
    request = MessagesRequest.model_validate(folder.request("set-1"))
    text = recorded_answer(request, recording)

    assert left_out == ["x: Everybody laughed."]
    assert text is not None
    bodies = [one.body for one in DraftAnswer.model_validate_json(text).posts]
    assert bodies == [STATED, LATER]
    assert recorded_answer(changed(request, "beans", "peas"), recording) is None
    assert recorded_answer(changed(request, "Write one post", "Write anew"), recording) is None

    again = a_run(tmp_path / "again", persona=None)
    answer(again, "set-1", json.loads(text))
    answer(again, "set-2", json.loads(text))
    assert await assemble(again) == ["choice-1"]
    asked = MessagesRequest.model_validate(again.request("choice-1"))
    told = ChoicesAnswer.model_validate_json(recorded_answer(asked, recording) or "")
    assert [one.angles for one in told.choices] == [["the beans", "the tins"]] * 2
    verdicts = [one.verdict for one in told.choices[0].sentences]
    assert verdicts == [Verdict.NONE, Verdict.STATED]
    answer(again, "choice-1", json.loads(told.model_dump_json()))
    assert await assemble(again) == []
    assert posts_of(again)["x"]["text"] == STATED


def changed(request: MessagesRequest, old: str, new: str) -> MessagesRequest:
    return MessagesRequest.model_validate_json(
        request.model_dump_json(by_alias=True).replace(old, new)
    )


async def test_what_is_not_answered_whole_is_not_recorded(tmp_path: Path) -> None:
    folder = a_run(tmp_path, persona=None)
    with pytest.raises(RunError, match="set-1"):
        await record(folder)


async def test_an_answer_that_is_no_set_is_asked_for_again(tmp_path: Path) -> None:
    folder = a_run(tmp_path)
    answer(folder, "set-1", {"body": "Beans."})
    assert await assemble(folder) == ["set-2"]


async def test_words_that_changed_need_a_new_folder(tmp_path: Path) -> None:
    folder = a_run(tmp_path)
    await assemble(folder)
    file = tmp_path / "requests" / "set-1.json"
    file.write_text(file.read_text("utf-8").replace("a post for", "a note for"), "utf-8")
    with pytest.raises(RunError, match="start a new folder"):
        await assemble(folder)


async def test_the_chat_is_one_message_and_its_limits_are_mended_once(tmp_path: Path) -> None:
    folder = a_run(tmp_path, "chat")
    assert await assemble(folder) == ["chat-1"]
    params = folder.request("chat-1")
    assert "Rosalind in Hull" in params["messages"][0]["content"]
    told = {"x": a_post("Beans. " * 60), "linkedin": a_post("Beans.")}
    answer(folder, "chat-1", told)
    assert await assemble(folder) == ["chat-2"]
    assert "X: The text is" in folder.request("chat-2")["messages"][-1]["content"]
    told["x"] = a_post("Beans.", hashtags=["LarderApp"])
    answer(folder, "chat-2", told)
    assert await assemble(folder) == []
    posts = json.loads((tmp_path / "posts.json").read_text(encoding="utf-8"))["posts"]
    assert posts["x"]["text"] == "Beans.\n\n#LarderApp"


@pytest.mark.parametrize("told", [["Second.", "Third."], ["First.", "Second.", "Third."]])
async def test_the_first_post_of_the_chats_thread_is_kept(tmp_path: Path, told: list[str]) -> None:
    folder = a_run(tmp_path, "chat")
    await assemble(folder)
    answer(folder, "chat-1", {"x": a_post("First.", thread=told), "linkedin": a_post("Beans.")})
    assert await assemble(folder) == []
    assert posts_of(folder)["x"]["thread"] == ["First.", "Second.", "Third."]


def posts_of(folder: RunFolder) -> dict[str, Any]:
    text = (folder.path / "posts.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text)["posts"])


@pytest.mark.server
async def test_a_model_answers_what_lies_in_the_files(tmp_path: Path) -> None:
    with anthropic_emulator() as address:
        model = Model("sk-bench", address)
        try:
            ours, other = a_run(tmp_path / "ours"), a_run(tmp_path / "other")
            await run_by_model(ours, model)
            await run_by_model(other, model)
            pairs = tmp_path / "pairs"
            write_pairs(ours.path, other.path, pairs, 1, "claude-sonnet-5-5")
            await judge_by_model(pairs, 1, model)
        finally:
            await model.aclose()
    posts = json.loads((ours.path / "posts.json").read_text(encoding="utf-8"))["posts"]
    assert all(post["text"] and not post["problems"] for post in posts.values())
    assert bill_of(ours.path).is_billed
    # The emulator is no judge: it fills the schema with nothing.
    assert list(read_judgements(pairs)) == ["judge-1"]


async def test_pairs_are_blind_and_their_order_is_the_seeds(tmp_path: Path) -> None:
    ours = await assembled(tmp_path / "galley", "Our beans.", "Our long beans.")
    other = await assembled(tmp_path / "chat", "Their beans.", "Their long beans.")
    keys = [
        write_pairs(ours.path, other.path, tmp_path / f"p{n}", seed, "claude-sonnet-5-5")
        for n, seed in enumerate((1, 1, 2, 3, 4, 5))
    ]
    assert keys[0] == keys[1] == read_key(tmp_path / "p1")
    assert len({json.dumps(key.a) for key in keys}) > 1
    page = (tmp_path / "p0" / "judge.md").read_text(encoding="utf-8")
    assert "Our long beans." in page
    assert "Their beans." in page
    assert "galley" not in page.lower().replace("galleys", "")
    assert not list((tmp_path / "p0").rglob("*key*"))


async def test_the_score_counts_for_the_first_run_of_the_key(tmp_path: Path) -> None:
    ours = await assembled(tmp_path / "ours", "Nine tins.", "Nine tins of beans.")
    other = await assembled(tmp_path / "other", "Update today.", "Update every phone.")
    pairs = tmp_path / "pairs"
    key = write_pairs(ours.path, other.path, pairs, 7, "claude-sonnet-5-5")
    for judge, loses in (("ada", "02"), ("bob", "none")):
        said = [_verdict(key.a, name, str(ours.path), loses) for name in key.a]
        sets = [
            {
                "set": name,
                "same_opening": [["x", "linkedin"]] if run == str(ours.path) else [],
                "same_point": [],
            }
            for name, run in key.sets.items()
        ]
        told = json.dumps({"pairs": said, "sets": sets})
        (pairs / "answers" / f"{judge}.json").write_text(told, encoding="utf-8")
    found = tallied([pairs])
    assert (found["ada"].wins, found["bob"].wins) == (1, 2)
    assert (found["ada"].ours, found["ada"].theirs) == (2, 4)
    assert (found["bob"].our_repeats, found["bob"].their_repeats) == (1, 0)
    assert both_prefer([pairs]) == (1, 2)
    assert "All judges prefer ours in 1 of 2 pairs." in table_of([pairs])


def _verdict(a: dict[str, str], pair: str, us: str, loses: str) -> dict[str, object]:
    is_a = a[pair] == us
    claims = {"ours": ["one"], "theirs": ["two", "three"]}
    return {
        "pair": pair,
        "preferred": "A" if is_a != (pair == loses) else "B",
        "margin": "clear",
        "why": "It says what happened.",
        "unsupported_a": claims["ours" if is_a else "theirs"],
        "unsupported_b": claims["theirs" if is_a else "ours"],
    }


def test_openings_with_the_same_words_are_found() -> None:
    posts = {
        Platform.X: JudgedPost(text="Nine tins of beans.\n\nAll bought twice."),
        Platform.THREADS: JudgedPost(text="Rosalind has nine tins of beans."),
        Platform.LINKEDIN: JudgedPost(text="Our test phones shared one clock."),
    }
    assert same_openings(posts) == [cast("Any", (Platform.X, Platform.THREADS))]
