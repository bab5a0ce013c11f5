import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.errors import InvalidRequestError
from app.posts.directory import ABANDONED, PostRow
from app.posts.states import state_words
from app.review.inbox import PostSearch, find_posts
from cli.proofs import proof
from galley.models.draft import Draft, Problem
from galley.models.network import Platform
from galley.models.post import MAY_BE_IN_BUFFER, PostState, PostView, Proposal
from galley.models.review import ChangeKind, ChangeRequest

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
VIEW = PostView(
    workflow_id="post:aa11:c1",
    campaign_id="campaign:aa11",
    platform=Platform.X,
    channel_id="c1",
    channel_name="C",
    state=PostState.SCHEDULED,
    revision=2,
    draft=Draft(text="What stands."),
)
ALL = PostSearch()


def row(state: str, choices: int = 0, marked: str = "") -> PostRow:
    return PostRow(
        workflow_id="post:aa11:c1", state=state, started_at=AT, choices=choices, marked=marked
    )


def test_what_needs_a_person_comes_first_the_most_urgent_before_all() -> None:
    states = ["published", "in_review", "late", "scheduled", "error", "held"]

    rows = sorted(map(row, states), key=lambda one: one.urgency)

    assert [one.state for one in rows] == [
        *("held", "error", "late", "in_review"),
        *("published", "scheduled"),
    ]


@pytest.mark.parametrize("needs_me", [False, True])
async def test_a_held_post_is_listed_however_many_newer_ones_are_in_review(
    *, needs_me: bool
) -> None:
    reviews = [row("in_review").model_copy(update={"workflow_id": f"post:{at}"}) for at in range(3)]
    held = row("held")

    async def latest(query: str) -> list[PostRow]:
        await asyncio.sleep(0)
        return [held] if "held" in query and "in_review" not in query else reviews

    search = PostSearch(needs_person=needs_me, limit=3)

    assert held in await find_posts(latest, search)


def test_a_proposed_edit_needs_a_person_after_all_that_is_in_review() -> None:
    proposed = row("scheduled", choices=1)
    rows = [row("scheduled"), proposed, row("in_review", choices=1)]

    assert [one.needs_a_person for one in rows] == [False, True, True]
    assert sorted(rows, key=lambda one: one.urgency) == [rows[2], proposed, rows[0]]


def test_a_line_says_how_much_there_is_to_choose_from() -> None:
    assert row("in_review", choices=3).listed_state == "in_review, 3 variants"
    assert row("in_review", choices=1).listed_state == "in_review"
    assert row("scheduled", choices=1).listed_state == "scheduled, edit proposed"
    assert row("in_review", marked="claim").listed_state == "in_review, claim"


def test_a_run_that_was_ended_from_outside_says_so_and_needs_nobody() -> None:
    assert row("terminated").shown_state == "ended: terminated"
    assert row("in_review").shown_state == "in_review"
    assert not row("terminated").needs_a_person


@pytest.mark.parametrize("state", PostState)
def test_a_state_is_searched_for_among_running_posts_unless_it_is_an_end(state: PostState) -> None:
    query = PostSearch(state=state).query()

    assert query.startswith(f'GalleyState="{state}"')
    assert ("Running" in query) is not state.is_final


def test_what_needs_me_is_searched_for_by_its_states() -> None:
    search = PostSearch(needs_person=True)

    assert search.query() == (
        '(GalleyState IN ("held", "error", "late", "in_review") OR GalleyChoices > 0) '
        'AND ExecutionStatus="Running"'
    )
    assert [search.takes(row(s)) for s in ("late", "scheduled")] == [True, False]
    assert ALL.query() == ""
    assert ALL.takes(row("scheduled"))


def test_an_unknown_state_is_an_invalid_request() -> None:
    with pytest.raises(InvalidRequestError, match="choose one of"):
        PostSearch(state="lost").query()


@pytest.mark.parametrize(
    ("state", "said", "alarm"),
    [
        (PostState.ERROR, "No such page.", "No such page."),
        (PostState.ERROR, "", "Buffer could not publish it"),
        (PostState.LATE, "", "Late: Buffer has not published it"),
        (PostState.IN_REVIEW, "", ""),
        (PostState.SCHEDULED, "", ""),
    ],
)
def test_an_alarm_is_what_the_post_says_or_what_its_state_means(
    state: PostState, said: str, alarm: str
) -> None:
    assert row(state).alarmed(said).alarm == alarm


def test_each_state_has_one_sentence_and_a_run_that_was_ended_says_how() -> None:
    said = {state_words(state) for state in PostState}

    assert len(said) == len(PostState)
    assert state_words("terminated") == "Ended in Temporal: terminated"


def test_a_proposed_edit_is_shown_beside_what_stands() -> None:
    problem = Problem(rule="length", message="Too long.")
    proposal = Proposal(draft=Draft(text="Other words."), problems=(problem,))

    shown = proof(VIEW.model_copy(update={"proposal": proposal}))

    stands, _, proposed = shown.partition("Proposed, and not approved yet")
    assert "What stands." in stands
    assert "Other words." in proposed
    assert "Problem: Too long." in proposed


def test_a_change_that_buffer_has_not_confirmed_is_shown_with_its_notice() -> None:
    request = ChangeRequest(kind=ChangeKind.RETRACT, by="kim", note="old")
    told = {"change": request, "notice": "It was moved."}

    shown = proof(VIEW.model_copy(update=told))

    assert "Notice: It was moved." in shown
    assert "Asked of Buffer, not confirmed yet: retract, by kim: old" in shown


def test_a_post_whose_run_was_ended_while_buffer_may_have_it_is_an_open_question() -> None:
    assert "nothing follows it any more" in ABANDONED
    assert {PostState.SCHEDULED, PostState.PUBLISHING} <= MAY_BE_IN_BUFFER
    assert PostState.IN_REVIEW not in MAY_BE_IN_BUFFER


def due(hours: int | None) -> PostRow:
    at = None if hours is None else AT + timedelta(hours=hours)
    return row("scheduled").model_copy(update={"due_at": at})


def test_a_search_by_due_time_is_narrowed_before_anything_is_cut_off() -> None:
    search = PostSearch(due_from=AT, due_until=AT + timedelta(hours=2), limit=1)

    begins, ends = "2026-11-25T12:00:00Z", "2026-11-25T14:00:00Z"
    assert search.query() == f'GalleyDueAt >= "{begins}" AND GalleyDueAt <= "{ends}"'
    assert [search.takes(due(at)) for at in (None, -1, 0, 2, 3)] == [
        False,
        False,
        True,
        True,
        False,
    ]
    assert ALL.takes(due(None))
    assert PostSearch(due_from=AT).takes(due(9))
    assert not PostSearch(due_until=AT).takes(due(9))
    assert not PostSearch(due_until=AT).takes(due(None))
