"""Comments decide nothing, are a person's own, and mention whom they name."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.post import PostState
from galley.models.review import Comment, RefusalReason
from galley.review.comments import (
    MOST_COMMENTS,
    mentioned_in,
    why_no_comment_of_team,
    why_not_comment,
)
from galley.review.signatures import signature_of
from tests.review.test_signatures import KEYS, NOW, POST, TEAM, VIEW

PEOPLE = ("kim", "Kim Lee", "lee", "Zoë")


def said(by: str = "ann", **more: Any) -> Comment:  # noqa: ANN401 -- fields
    fields = {"by": by, "note": "Is the number right?", "at": NOW, **more}
    return Comment.model_validate(fields)


def signed(one: Comment, by: str = "", post: str = POST) -> Comment:
    return one.model_copy(update={"signature": signature_of(KEYS[by or one.by], post, one)})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@kim look", ("kim",)),
        ("@KIM LEE, and @zoë!", ("Kim Lee", "Zoë")),
        ("@kim @lee @kim", ("kim", "lee")),
        ("kim@lee.example, @kimono and @@lee", ()),
        ("nobody", ()),
    ],
)
def test_a_text_mentions_whom_it_names_after_an_at(text: str, names: tuple[str, ...]) -> None:
    assert mentioned_in(text, PEOPLE) == names


@given(st.text(), st.lists(st.text(min_size=1), max_size=5))
def test_nobody_is_mentioned_who_is_not_known(text: str, people: list[str]) -> None:
    found = mentioned_in(text, people)

    assert set(found) <= set(people)
    assert len(set(found)) == len(found)


def test_a_comment_is_kept_unless_the_post_has_ended_or_has_many_or_an_agent_says_it() -> None:
    many = tuple(said() for _ in range(MOST_COMMENTS))

    assert why_not_comment(said(), VIEW) is None
    for view, comment in (
        (VIEW.replace(state=PostState.REJECTED), said()),
        (VIEW.replace(comments=many), said()),
        (VIEW, said("agent:writer")),
    ):
        assert why_not_comment(comment, view) is not None


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        (signed(said()), None),
        (said(), RefusalReason.UNSIGNED),
        (signed(said(), "eve"), RefusalReason.FORGED),
        (signed(said(), post="post:other"), RefusalReason.FORGED),
        (signed(said("eve")), RefusalReason.STRANGER),
        (signed(said(at=NOW - timedelta(minutes=1))), RefusalReason.STALE),
    ],
)
def test_in_a_team_a_comment_is_that_of_the_person_it_names(
    comment: Comment, reason: RefusalReason | None
) -> None:
    before = said(at=NOW - timedelta(seconds=1))
    why = why_no_comment_of_team(TEAM, comment, VIEW.replace(comments=(before,)))

    assert (why.reason if why else None) is reason
