"""What is told once, and together: the book's rules, in any order of looks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.notification import (
    MOST_ITEMS,
    Need,
    Notification,
    NotificationKind,
    NotifiedItem,
    NotifyBook,
    Watched,
)
from galley.models.post import PostState
from galley.models.publishing import HoldReason
from galley.notifications.messages import AT_LAST, SETTLES, as_text, key_of, news
from galley.notifications.needs import SeenPost, needs_of

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
LOOK = timedelta(minutes=1)
KIND = NotificationKind
NOTHING: list[Need] = []


def need(
    name: str, kind: KIND = KIND.POST_HELD, group: str = "campaign:aa", *, is_settling: bool = False
) -> Need:
    item = NotifiedItem(workflow_id=name, title=f"About {group}")
    key = key_of(name, kind, 1)
    return Need(key=key, kind=kind, group=group, item=item, is_settling=is_settling)


def reviews(count: int, group: str = "campaign:aa", *, settling: bool = False) -> list[Need]:
    waiting = KIND.REVIEW_WAITING
    return [need(f"post:{group}:{n}", waiting, group, is_settling=settling) for n in range(count)]


def looked(*looks: list[Need], every: timedelta = LOOK) -> list[Notification]:
    """Return the messages of these looks, one after the other."""
    book, at, told = NotifyBook(), AT, list[Notification]()
    for seen in looks:
        book, messages = news(book, seen, at)
        told += messages
        at += every
    return told


def test_what_went_wrong_is_told_at_the_first_look_and_never_again() -> None:
    held = [need("post:a")]

    (told,) = looked(held, held, held)

    assert (told.kind, told.count) == (KIND.POST_HELD, 1)


def test_eleven_reviews_of_a_campaign_are_one_message() -> None:
    (told,) = looked(
        reviews(3, settling=True), reviews(11, settling=True), reviews(11), reviews(11)
    )

    assert told.title == "11 posts waiting for review: About campaign:aa"
    assert told.count == 11


def test_reviews_wait_for_the_rest_of_their_campaign_ten_minutes_at_most() -> None:
    looks = int(AT_LAST / LOOK)

    assert looked(*[reviews(3, settling=True)] * looks) == []
    assert len(looked(*[reviews(3, settling=True)] * (looks + 1))) == 1


def test_what_comes_later_is_a_message_of_its_own() -> None:
    first, second = looked(reviews(2), reviews(2), reviews(3), reviews(3))

    assert (first.count, second.count) == (2, 1)
    assert first.id != second.id


def test_many_campaigns_at_once_are_one_message() -> None:
    groups = [f"campaign:{n}" for n in range(12)]
    seen = [one for group in groups for one in reviews(11, group)]

    (told,) = looked(seen, seen)

    assert told.title == "132 posts waiting for review: 12 campaigns"
    assert len(told.items) == MOST_ITEMS
    assert told.campaigns == tuple(sorted(groups))
    assert "… and 112 more." in as_text(told)


def test_what_is_gone_for_a_while_and_comes_back_is_told_again() -> None:
    held = [need("post:a")]

    assert len(looked(held, NOTHING, held)) == 1, "visibility was behind for a moment"
    again = looked(held, *[NOTHING] * 12, held)
    assert len(again) == 2
    assert again[0].id != again[1].id, "a receiver must not take it for the first"


def test_a_look_that_did_not_see_everything_forgets_nothing() -> None:
    held = [need("post:a")]
    book, _ = news(NotifyBook(), held, AT)

    for minute in range(60):
        book, _ = news(book, [], AT + minute * LOOK, is_whole=False)
    _, told = news(book, held, AT + 60 * LOOK)

    assert told == ()


def test_an_end_is_not_told_again_although_it_is_seen_for_a_day() -> None:
    failed = [need("post:a/run", KIND.POST_FAILED)]

    assert len(looked(failed, *[NOTHING] * 60, failed)) == 1


@given(st.lists(st.sets(st.integers(0, 8), max_size=9), min_size=1, max_size=12))
def test_in_any_order_of_looks_nothing_is_told_twice_and_all_is_told(looks: list[set[int]]) -> None:
    seen = [[need(f"post:{n}") for n in sorted(one)] for one in looks]

    # So close together that nothing counts as gone.
    told = looked(*seen, every=timedelta(seconds=20))

    named = [item.workflow_id for one in told for item in one.items]
    assert sorted(named) == sorted({f"post:{n}" for one in looks for n in one})


# What a post needs


def post(state: PostState, choices: int = 0) -> SeenPost:
    return SeenPost("post:aa:c1", state, "campaign:aa", "x", "A title", choices)


def kinds(seen: SeenPost, known: Watched) -> list[str]:
    return [one.kind for one in needs_of(seen, known, AT, is_settling=False)]


def test_a_state_says_what_a_post_needs() -> None:
    known = Watched(state="", revision=1)
    wanted = {
        PostState.IN_REVIEW: [KIND.REVIEW_WAITING],
        PostState.HELD: [KIND.POST_HELD],
        PostState.ERROR: [KIND.POST_FAILED],
        PostState.LATE: [KIND.POST_LATE],
    }

    for state in PostState:
        assert kinds(post(state), known) == wanted.get(state, [])


@pytest.mark.parametrize("state", [PostState.PULLED_BACK, PostState.PUBLISHING])
def test_a_pause_or_a_hand_over_that_outlasts_the_time_of_a_post_is_told(state: PostState) -> None:
    def waits(due_at: datetime) -> list[str]:
        seen = SeenPost("post:aa:c1", state, due_at=due_at)
        return kinds(seen, Watched(state="", revision=1))

    assert waits(AT - timedelta(minutes=61)) == [KIND.POST_LATE]
    assert waits(AT - timedelta(minutes=59)) == []


def test_a_review_expires_soon_within_its_last_day() -> None:
    soon = Watched(state="", revision=1, expires_at=AT + timedelta(hours=23))
    later = Watched(state="", revision=1, expires_at=AT + timedelta(hours=25))

    assert KIND.REVIEW_EXPIRING in kinds(post(PostState.IN_REVIEW), soon)
    assert KIND.REVIEW_EXPIRING not in kinds(post(PostState.IN_REVIEW), later)


def test_a_new_revision_is_a_new_review() -> None:
    keys = [
        next(iter(needs_of(post(PostState.IN_REVIEW), known, AT, is_settling=False))).key
        for known in (Watched(state="", revision=1), Watched(state="", revision=2))
    ]

    assert keys[0] != keys[1]


def test_a_revoked_key_is_told_once_for_all_posts() -> None:
    # The sentence counts for nothing: a reviewer may have written it.
    why = "Buffer does not accept the key: make a new one"
    known = Watched(state="held", revision=1, held_for=HoldReason.ACCESS_LOST)
    said = Watched(state="held", revision=1, why=why, held_for=HoldReason.IN_DOUBT)
    found = {
        one.key
        for name in ("post:aa:c1", "post:bb:c2")
        for one in needs_of(SeenPost(name, PostState.HELD), known, AT, is_settling=False)
    }

    assert len(found) == 1
    assert kinds(post(PostState.HELD), known) == [KIND.ACCESS_LOST]
    assert kinds(post(PostState.HELD), said) == [KIND.POST_HELD]


def test_lost_media_and_a_proposed_edit_need_a_person_on_the_way() -> None:
    lost = Watched(state="scheduled", revision=1, why="The picture is gone.")
    fine = Watched(state="scheduled", revision=1)

    assert kinds(post(PostState.SCHEDULED), lost) == [KIND.MEDIA_LOST]
    assert kinds(post(PostState.SCHEDULED), fine) == []
    assert kinds(post(PostState.SCHEDULED, 1), fine) == [KIND.EDIT_PROPOSED]


def test_every_kind_has_words_and_something_to_run() -> None:
    for kind in NotificationKind:
        told = looked([need("post:a", kind)], [need("post:a", kind)])[0]
        assert told.title
        assert all(one.startswith("galley ") for one in told.commands)
        assert told.commands


def test_settling_is_shorter_than_two_looks() -> None:
    assert SETTLES <= LOOK


def test_a_message_to_a_person_names_the_proof_and_the_page_to_decide_on() -> None:
    post = SeenPost("post:k:c", PostState.IN_REVIEW.value, page="https://review.example/posts/k")
    known = Watched(state=PostState.IN_REVIEW.value, revision=1, digest="a" * 64)
    needs = [*needs_of(post, known, AT, is_settling=False)]
    (message,) = looked(needs, needs, every=SETTLES)

    lines = as_text(message).splitlines()

    assert f"Proof {'a' * 64}" in lines
    assert "Look at it and decide: https://review.example/posts/k" in lines
