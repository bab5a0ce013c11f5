"""Nearly the same words on one channel are found before approval, across campaigns."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.testing import ActivityEnvironment

from activities.drafting.drafts import ModelDrafting
from galley.clients.anthropic import DraftClient
from galley.clients.approved_words import keep_words
from galley.models.draft import CheckDraft, Draft
from galley.models.network import Platform
from galley.models.publishing import PostRequest
from galley.review.repeats import ChannelWords
from tests.memory_store import MemoryStore
from tests.workflows.world import channel

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
MONTH = timedelta(days=30)
FERRY = "The winter ferry sails again on Monday, and the first coffee on board is free."


def said(text: str, at: datetime = NOW, key: str = "one:x") -> ChannelWords:
    request = PostRequest(channel_id="x", platform=Platform.X, text=text, due_at=at)
    return ChannelWords().approved(key, request)


def is_repeat(known: ChannelWords, text: str, key: str = "two:x", due_at: datetime = NOW) -> bool:
    return known.problem(key, Draft(text=text), due_at, MONTH, NOW) is not None


@pytest.mark.parametrize(
    "text",
    [
        FERRY,
        FERRY.upper(),
        f"{FERRY} https://example.com/other",
        FERRY.replace("Monday", "Tuesday"),
        "The winter ferry sails again on Monday; the first coffee on board is free!",
    ],
)
def test_nearly_the_same_words_are_a_repeat(text: str) -> None:
    assert is_repeat(said(FERRY), text)


@pytest.mark.parametrize(
    "text",
    [
        "In summer the ferry sails twice a day, and dogs travel without a ticket.",
        "Who drinks the first coffee on the Monday ferry? Tell us below.",
        "Monday again.",
    ],
)
def test_other_words_are_none(text: str) -> None:
    assert not is_repeat(said(FERRY), text)


def test_only_the_very_same_few_words_are_one() -> None:
    known = said("Good morning, Alderney!")

    assert is_repeat(known, "Good morning, Alderney.")
    assert not is_repeat(known, "Good morning, Guernsey!")


def test_words_without_blanks_are_compared_too() -> None:
    japanese = "冬のフェリーは月曜日から再び運航し、船内の最初のコーヒーは無料です。"

    assert is_repeat(said(japanese), japanese.replace("月", "火"))
    assert not is_repeat(said(japanese), "夏のあいだ犬は切符なしで島へ渡れるようになりました。")


def test_a_post_repeats_neither_itself_nor_what_was_said_long_ago() -> None:
    assert not is_repeat(said(FERRY), FERRY, key="one:x")
    assert not is_repeat(said(FERRY, NOW - MONTH - timedelta(days=1)), FERRY)
    assert not is_repeat(said(FERRY).without({"one:x"}), FERRY)


def test_what_is_near_in_time_is_near_to_the_day_that_the_post_is_due() -> None:
    in_two_months = NOW + 2 * MONTH

    assert is_repeat(said(FERRY, in_two_months - MONTH), FERRY, due_at=in_two_months)
    assert not is_repeat(said(FERRY), FERRY, due_at=in_two_months)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=30), st.text())
def test_any_text_repeats_itself_or_has_no_words_and_none_is_kept_readable(
    texts: list[str], last: str
) -> None:
    known = ChannelWords()
    for number, text in enumerate([*texts, last] * 5):
        request = PostRequest(channel_id="x", platform=Platform.X, text=text, due_at=NOW)
        known = known.approved(f"{number}:x", request)
    has_words = bool(said(last).posts[0].words)

    assert len(known.posts) <= 100
    assert is_repeat(known, last) is has_words


async def test_a_draft_that_says_it_again_is_shown_with_the_post_that_said_it() -> None:
    store = MemoryStore()
    request = PostRequest(
        channel_id="x-main", platform=Platform.X, text=FERRY, due_at=datetime.now(UTC)
    )
    await keep_words(store, "x-main", lambda known: known.approved("one:x-main", request))
    unasked = DraftClient(api_key="k", base_url="http://127.0.0.1:9", model="claude-sonnet-5-5")
    drafting = ModelDrafting(store, unasked, no_repeat_within=MONTH)
    task = CheckDraft(draft=Draft(text=FERRY), channel=channel("x-main"), post_key="two:x-main")

    again = await ActivityEnvironment().run(drafting.check_draft, task)
    later = task.model_copy(update={"due_at": request.due_at + 2 * MONTH})
    much_later = await ActivityEnvironment().run(drafting.check_draft, later)
    store.is_away = True
    unknown = await ActivityEnvironment().run(drafting.check_draft, task)

    assert much_later.problems == ()
    (problem,) = again.problems
    assert (problem.label, problem.is_claim) == ("Repeat", True)
    assert "post:one:x-main" in problem.message
    assert unknown.problems == ()


def test_texts_without_words_are_no_evidence_that_a_post_is_anothers() -> None:
    assert not said("😀").has_of_another("two:x", "https://example.com/1")
    assert said(FERRY).has_of_another("two:x", FERRY)
