"""The ledger of a feed: every item once, whatever the feed does."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from galley.models.feed import EnterItem, ItemState, Ledger
from galley.sources.feeds import Feed, FeedItem
from galley.sources.ledger import entered, settled, waiting

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
EMPTY = Ledger(url="https://example.com/feed")
FOLLOWED = EMPTY.model_copy(update={"checked_at": NOW - timedelta(hours=1)})


def item(number: int, key: str = "", **changes: Any) -> FeedItem:  # noqa: ANN401 -- fields of any type
    plain = FeedItem(
        key=key or f"guid-{number}",
        title=f"Item {number}",
        link=f"https://example.com/{number}",
        published_at=NOW - timedelta(hours=100 - number),
    )
    return plain.model_copy(update=changes)


def feed(*items: FeedItem) -> Feed:
    return Feed(title="Harbour", items=items)


def titles(ledger: Ledger) -> list[str]:
    return [entry.title for entry in waiting(ledger)]


def test_at_the_first_check_all_but_the_backlog_are_skipped() -> None:
    ledger = entered(EMPTY, feed(*(item(n) for n in range(30))), NOW, backlog=2)

    assert titles(ledger) == ["Item 28", "Item 29"]
    assert len(ledger.entries) == 30
    skipped = [e for e in ledger.entries if e.state is ItemState.SKIPPED]
    assert all("before the feed was followed" in entry.why for entry in skipped)


def test_items_that_come_later_are_new_and_the_oldest_is_first() -> None:
    ledger = entered(FOLLOWED, feed(item(9), item(7), item(8)), NOW, backlog=0)

    assert titles(ledger) == ["Item 7", "Item 8", "Item 9"]


def test_an_item_under_another_guid_is_the_same_item() -> None:
    first = entered(FOLLOWED, feed(item(1)), NOW, backlog=0)

    by_page = entered(first, feed(item(1, "new-guid")), NOW, backlog=0)
    moved = item(1, "newer", link="https://example.com/moved")
    by_words = entered(by_page, feed(moved), NOW, backlog=0)

    assert len(by_words.entries) == 1
    assert by_words.entries[0].keys == ("guid-1", "new-guid", "newer")


def test_items_that_share_a_page_are_different_items() -> None:
    shared: dict[str, Any] = {"link": "https://example.com/news", "is_own_page": False}

    ledger = entered(FOLLOWED, feed(item(1, **shared), item(2, **shared)), NOW, 0)

    assert len(waiting(ledger)) == 2


def test_twins_in_one_feed_are_two_items() -> None:
    same: dict[str, Any] = {"title": "Weekly", "published_at": NOW, "link": None}

    ledger = entered(FOLLOWED, feed(item(1, **same), item(2, **same)), NOW, 0)

    assert len(waiting(ledger)) == 2


def test_what_became_of_an_item_is_never_changed_again() -> None:
    ledger = entered(FOLLOWED, feed(item(1)), NOW, backlog=0)
    drafted = EnterItem(key="guid-1", state=ItemState.DRAFTED, campaign_id="campaign:abc")
    skipped = EnterItem(key="guid-1", state=ItemState.SKIPPED, why="no")

    once = settled(ledger, [drafted])

    assert settled(once, [skipped]) == once
    assert entered(once, feed(item(1)), NOW, 0).entries == once.entries
    assert titles(once) == []


@given(
    checks=st.lists(st.lists(st.integers(0, 25), unique=True, max_size=12), min_size=1, max_size=8),
    burst=st.integers(1, 4),
    renamed=st.sets(st.integers(0, 25)),
)
def test_every_item_a_feed_ever_showed_is_taken_up_exactly_once(
    checks: list[list[int]], burst: int, renamed: set[int]
) -> None:
    ledger, taken = FOLLOWED, list[str]()
    for round_, numbers in enumerate([*checks, *[[]] * 30]):
        shown = (item(n, f"{n}-at-{round_}" if n in renamed else "") for n in numbers)
        ledger = entered(ledger, feed(*shown), NOW, backlog=0)
        picked = waiting(ledger)[:burst]
        taken += [entry.title for entry in picked]
        ledger = settled(
            ledger, (EnterItem(key=e.keys[0], state=ItemState.DRAFTED) for e in picked)
        )

    shown_ever = {f"Item {n}" for numbers in checks for n in numbers}
    assert sorted(taken) == sorted(shown_ever)
