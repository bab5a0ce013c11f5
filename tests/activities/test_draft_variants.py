"""Several drafts in one answer: each is held to the same rules."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.drafting.assembly import (
    DraftAssembly,
    fitting_first,
    mended,
    numbered_problems,
    variants_of,
)
from galley.drafting.answers import PostAnswer
from galley.models.draft import Draft, Problem, Variant
from galley.models.network import Platform
from galley.models.source import SourceDocument, SourceKind
from tests.extractive import SENTENCES, an_empty_post, answer_to, task_of

FERRY = (Path(__file__).with_name("articles") / "ferry.md").read_text()


def an_answer(*bodies: str) -> list[PostAnswer]:
    return [an_empty_post(body=body, headline="A headline") for body in bodies]


def document(text: str) -> SourceDocument:
    return SourceDocument(
        kind=SourceKind.MARKDOWN,
        title="The winter ferry",
        link="https://ferry.example/a",
        text=text,
    )


def assembly_of(platform: Platform, text: str = FERRY) -> DraftAssembly:
    source = document(text)
    return DraftAssembly(task_of(source, platform), source)


@settings(max_examples=60)
@given(
    script=st.sampled_from(sorted(SENTENCES)),
    counts=st.lists(st.integers(1, 9_999), min_size=1, max_size=25, unique=True),
    platform=st.sampled_from(Platform),
    wish=st.fixed_dictionaries({"variants": st.integers(1, 5), "threads": st.booleans()}),
)
def test_every_variant_of_a_source_in_any_script_fits_its_network(
    script: str, counts: list[int], platform: Platform, wish: dict[str, int]
) -> None:
    source = document("\n\n".join(SENTENCES[script].format(n=n) for n in counts))
    task = task_of(source, platform, **wish)
    assembly = DraftAssembly(task, source)

    found = variants_of(answer_to(task, source).posts, assembly, task.options.variants)

    assert 1 <= len(found) <= task.options.variants
    assert [one.problems for one in found if one.problems] == []
    texts = [one.draft.thread or (one.draft.text,) for one in found]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("platform", Platform)
def test_three_variants_of_an_article_begin_with_three_sentences(platform: Platform) -> None:
    source = document(FERRY)

    answer = answer_to(task_of(source, platform, variants=3), source)
    single = answer_to(task_of(source, platform), source)

    assert len({post.body.split(". ")[0] for post in answer.posts}) == 3
    assert len(single.posts) == 1


def test_more_than_was_asked_for_is_cut_off_and_what_says_the_same_is_one() -> None:
    assembly = assembly_of(Platform.X)

    found = variants_of(an_answer("One.", "Two.", "Three."), assembly, 2)
    same = variants_of(an_answer("One.", "One.", "", "Two."), assembly, 5)

    assert [one.draft.text[:4] for one in found] == ["One.", "Two."]
    assert [one.draft.text[:4] for one in same] == ["One.", "Two."]


def test_what_fits_comes_first_and_each_problem_says_whose_it_is() -> None:
    long = "word " * 80
    found = variants_of(an_answer(long, "Two."), assembly_of(Platform.X), 2)

    assert numbered_problems(found)[0].message.startswith("Variant 1: ")
    assert numbered_problems(found[:1]) == found[0].problems
    assert fitting_first(found)[0].draft.text.startswith("Two.")


def a_variant(text: str, problems: int) -> Variant:
    broken = tuple(Problem(rule=str(n), message="m") for n in range(problems))
    return Variant(draft=Draft(text=text), problems=broken)


@given(
    before=st.lists(st.integers(0, 3), min_size=1, max_size=5),
    again=st.lists(st.integers(0, 3), max_size=5),
)
def test_a_second_answer_makes_no_variant_worse_and_loses_none(
    before: list[int], again: list[int]
) -> None:
    old = [a_variant(f"old {n}", count) for n, count in enumerate(before)]
    new = [a_variant(f"new {n}", count) for n, count in enumerate(again)]

    found = mended(old, new)

    assert len(found) == max(len(old), len(new))
    for one, was in zip(found, before, strict=False):
        assert len(one.problems) <= was
