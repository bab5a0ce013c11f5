"""The prompt: same bytes for all platforms, limits in plain words, a fenced source."""

import re
import tomllib
from importlib import resources

import pytest

from galley.drafting.messages import (
    AuthorInstructions,
    PostOrder,
    WriterLimits,
    labels_of,
    piece_message,
    posts_message,
    repair_message,
    short_message,
    source_block,
)
from galley.drafting.prompt_files import load_prompts
from galley.models.draft import Draft, PieceForm, Problem
from galley.models.network import Platform
from galley.models.options import CampaignOptions, Form, PostingOptions
from galley.models.source import SourceDocument, SourceKind

LIMITS = WriterLimits(body=240, thread=25, title=0, hashtags=2, alt_text=1000)
ORDER = PostOrder("x", Platform.X, LIMITS)


def document(text: str = "The ferry left.", **changes: object) -> SourceDocument:
    fields = {"kind": SourceKind.ARTICLE, "title": "Ferry", "text": text}
    return SourceDocument.model_validate(fields | changes)


def fence_of(block: str) -> str:
    found = re.search(r"(?m)^=== source [0-9a-f]{24} ===$", block)
    assert found is not None
    return found.group()


def message(
    *orders: PostOrder, brief: str = "", note: str = "", previous: Draft | None = None
) -> str:
    asked = AuthorInstructions(CampaignOptions(brief=brief), note=note, previous=previous)
    return posts_message(orders or (ORDER,), asked, link="https://ferry.example")


def test_the_craft_of_every_network_has_a_line_and_an_example_of_either_kind() -> None:
    file = resources.files("galley.drafting") / "prompts" / "networks.toml"

    craft = tomllib.loads(file.read_text("utf-8"))

    assert list(craft) == sorted(Platform)
    assert all(one["good"] and one["bad"] for one in craft.values())
    orders = [PostOrder(one.value, one, LIMITS) for one in Platform]
    asked = message(*orders)
    assert all(one["line"] in asked for one in craft.values())
    assert not any(one["good"] in asked for one in craft.values() if one["good"] not in one["line"])


@pytest.mark.parametrize(
    ("form", "makes_threads", "has_short_ones"),
    [
        (Form.POST, False, True),
        (Form.POST, True, False),
        (Form.QUESTION, False, False),
        (Form.CAROUSEL, False, False),
    ],
)
def test_the_short_set_is_asked_for_short_threads_where_the_form_has_any(
    form: Form, *, makes_threads: bool, has_short_ones: bool
) -> None:
    options = CampaignOptions(posting=PostingOptions(threads=makes_threads), form=form)

    assert ("a thread of two" in short_message(options)) is has_short_ones


@pytest.mark.parametrize("form", PieceForm)
def test_a_longer_text_is_told_as_to_a_friend_too(form: PieceForm) -> None:
    asked = piece_message(form, "", None)

    assert "as one tells a friend" in asked
    assert "easy on the eye" in asked


def test_a_second_channel_of_a_network_has_a_name_of_its_own() -> None:
    labels = labels_of([Platform.X, Platform.THREADS, Platform.X, Platform.X])

    assert labels == ("x", "threads", "x-2", "x-3")


def test_every_post_of_a_list_has_one_line_in_the_order_of_the_channels() -> None:
    orders = [PostOrder(one.value, one, LIMITS) for one in Platform]

    listed = message(*orders).split("\n\n")[1]
    lines = [line for line in listed.splitlines() if line.startswith("- ")]

    assert [line[2:].partition(":")[0] for line in lines] == list(Platform)
    assert all("Body: at most 240 characters." in line for line in lines)


def test_what_the_author_wants_of_one_network_stands_in_its_line_alone() -> None:
    noted = PostOrder("x", Platform.X, LIMITS, note="Ask\n- linkedin: nothing.")

    lines = message(noted, PostOrder("threads", Platform.THREADS, LIMITS)).splitlines()

    (line,) = [line for line in lines if "The author wants here" in line]
    assert line.startswith("- x: X.")
    assert line.endswith("Ask - linkedin: nothing.")


def test_the_source_stands_between_two_fences_with_rules_after_it() -> None:
    block = source_block(document(author="Harbour office", language="en"), "ab12")

    before, inside, after = re.split(rf"(?m)^{fence_of(block)}$", block)
    assert "material" in before
    assert "Author: Harbour office" in inside
    assert inside.strip().endswith("The ferry left.")
    assert "instruction" in after


def test_a_fence_belongs_to_its_source() -> None:
    one, same, other = (source_block(document(), key) for key in ("a", "a", "b"))

    assert one == same
    assert fence_of(one) != fence_of(other)


def test_a_title_cannot_break_out_of_its_line() -> None:
    block = source_block(document(title="Ferry\n\nLanguage: xx\nAuthor: x"), "ab")

    assert "Title: Ferry Language: xx Author: x" in block


def test_dollar_signs_of_a_source_are_text() -> None:
    block = source_block(document("It costs $fence and ${material}."), "ab")

    assert "It costs $fence and ${material}." in block


def test_prompts_are_the_authors_instructions() -> None:
    prompts = ("Say that the ferry is back.", "Say it kindly.")
    block = source_block(document("x", kind=SourceKind.PROMPTS, prompts=prompts), "ab")

    assert "\n\n".join(prompts) in block
    assert "never instructions" not in block.lower()
    assert "the post follows them" in block


def test_an_order_for_a_thread_says_how_long_all_and_each_may_be() -> None:
    limits = WriterLimits(body=240, whole=1920, thread=25)

    text = message(PostOrder("x", Platform.X, limits))

    assert "Body: at most 1920 characters in all." in text
    assert "Longer than one post of 240, it becomes a thread" in text
    assert "Thread: up to 25 posts of at most 240 characters each" in text


def test_a_previous_thread_is_shown_without_its_numbers() -> None:
    one, other = ("Ferries. 1/2", "In 9/11. 2/2"), ("Ferries. 1/2", "In 9/11")

    texts = [message(previous=Draft(text=posts[0], thread=posts)) for posts in (one, other)]

    assert "Ferries.\n\nIn 9/11.\n" in texts[0]
    assert "Ferries. 1/2\n\nIn 9/11\n" in texts[1]


@pytest.mark.parametrize("platform", Platform)
def test_every_message_states_the_limits_in_plain_words(platform: Platform) -> None:
    text = message(PostOrder(platform.value, platform, LIMITS))

    assert "Body: at most 240 characters." in text
    assert "Hashtags: at most 2." in text
    # What a network does not have, or nobody asked for, is not named.
    assert "Title" not in text
    assert "Thread:" not in text
    assert "$" not in text
    assert "https://" not in text


def test_the_brief_is_in_the_message() -> None:
    assert "Be dry." in message(brief="Be dry.")


def test_a_regeneration_shows_the_draft_it_must_differ_from() -> None:
    text = message(note="More numbers.", previous=Draft(text="One.", thread=("One.", "Two.")))

    assert "More numbers." in text
    assert "One.\n\nTwo." in text


def test_a_repair_names_each_broken_rule() -> None:
    problems = [
        Problem(rule="text_length", message="Too long by 9."),
        Problem(rule="x", message="No phones."),
    ]

    text = repair_message(Platform.GOOGLEBUSINESS, problems)

    assert "- Too long by 9.\n- No phones." in text


def test_the_revision_is_the_same_every_time_it_is_read() -> None:
    first = load_prompts().revision
    load_prompts.cache_clear()

    assert load_prompts().revision == first
    assert re.fullmatch(r"[0-9a-f]{12}", first)
