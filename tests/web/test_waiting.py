"""The inbox finds posts by filters and words, and counts what each filter would leave."""

import asyncio
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.connections import Connections, open_client
from app.posts.directory import PostRow
from galley.settings import Settings
from web.access import Session
from web.waiting import FILTERS, Entry, Filters, Waiting, matching, narrowed, not_shown_yet

_VALUES = st.sampled_from(["", "a", "b"])


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    values = draw(st.tuples(*(_VALUES for _ in FILTERS)))
    row = PostRow(
        workflow_id="post:a", campaign_id=values[2], started_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    return Entry(row, values, draw(st.sampled_from(["harbour bridge", "night train"])))


ASKED = st.builds(
    Filters, **dict.fromkeys(FILTERS, _VALUES), words=st.sampled_from(["", "bridge", "Night", "x"])
)


@given(st.lists(entries(), max_size=30), ASKED)
def test_a_post_is_found_if_every_filter_and_word_takes_it(
    waiting: list[Entry], asked: Filters
) -> None:
    def takes(entry: Entry, *but: str) -> bool:
        pairs = zip(FILTERS, entry.values, strict=True)
        fits = all(asked.wanted(name) in {"", value} for name, value in pairs if name not in but)
        return fits and all(word in entry.words for word in asked.words.casefold().split())

    rows, choices = narrowed(waiting, asked)

    assert rows == matching(waiting, asked) == [one.row for one in waiting if takes(one)]
    for at, name in enumerate(FILTERS):
        for choice in choices[name]:
            left = [one for one in waiting if takes(one, name) and one.values[at] == choice.value]
            assert choice.count == len(left)


class Growing(Waiting):
    """A list that has one post more each time it is read, and is old at once."""

    async def _read(self) -> None:
        await asyncio.sleep(0)
        row = PostRow(
            workflow_id=f"post:{len(self._entries)}",
            campaign_id="campaign:a",
            started_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        self._entries = (*self._entries, Entry(row, ("",) * len(FILTERS), ""))
        self._reading = None
        self._has_some.set()


async def test_whoever_opens_the_inbox_gets_no_old_list_that_a_moment_would_renew() -> None:
    waiting = Growing(Connections(Settings.model_construct(), open_client))

    assert len(await waiting.entries(is_fresh=True)) == 1
    assert len(await waiting.entries(is_fresh=True)) == 2
    assert len(await waiting.entries()) == 2, "the rest of the pages does not wait"
    await waiting.close()


def test_what_one_page_said_another_does_not_say_again() -> None:
    session = Session("Ada", until=0.0, seen=0.0)
    session.tell("Taken back.")

    assert session.hear("/posts/a") == ["Taken back."]
    assert session.hear("/posts/a") == ["Taken back."]
    assert session.hear("/posts/b") == []


def test_a_post_stays_out_of_the_inbox_until_a_list_shows_what_was_decided() -> None:
    began = 1000.0
    decided = {
        "on its way": None,
        "taken meanwhile": began + 1,
        "not shown yet": began - 20,
        "shown": began - 20,
        "lost": began - 100,
    }
    listed = {one for one in decided if one != "shown"}

    assert [*not_shown_yet(decided, listed, began)] == [
        "on its way",
        "taken meanwhile",
        "not shown yet",
    ]
