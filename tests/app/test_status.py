"""The level of each part that was seen, and the line that says so."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from app.health.examination import cards, films
from app.health.findings import Level
from app.health.findings import worst as worst_of
from app.health.status import Status, key_refusal, levels
from app.posts.states import PHASES
from cli.commands.status import Line, lines_of
from cli.phrases import ago
from galley.models.account import Pause, PauseScope
from galley.models.network import Platform
from galley.models.post import PostState
from galley.models.publishing import RateWindow
from galley.publishing.job.record import JobPhase
from galley.publishing.job.state import AccountHealth
from galley.settings import Settings
from observability.findings import Account, Feed, Health, Money, Poller, Posts, Runs, TaskQueue
from tests import pages
from web.account import parts_of

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
POLLED = TaskQueue(name="galley", serves="posts", pollers=(Poller(identity="7@host", seen_at=AT),))
ALONE = TaskQueue(name="galley-media", serves="media")
WELL = AccountHealth(
    organization_id="o",
    windows=(RateWindow(seconds=900, limit=100, remaining=97, resets_in=60),),
    waiting_for="the next post or change",
    pauses=(),
    phases={},
    changes=0,
)
HEALTHY = Health(
    at=AT,
    queues=(POLLED,),
    accounts=(Account(workflow_id="buffer:o", health=WELL),),
    posts=Posts(by_state={PostState.PUBLISHED: 3}),
    runs=Runs(),
    money=Money(taken_micros=0, ceiling_micros=10),
)


def posts(**changes: object) -> Health:
    """Return what is healthy but for its posts."""
    told = Posts(by_state={}).model_copy(update=changes)
    return HEALTHY.model_copy(update={"posts": told})


def account(**changes: object) -> Health:
    """Return what is healthy but for its account."""
    told = Account(workflow_id="buffer:o", health=WELL.model_copy(update=changes))
    return HEALTHY.model_copy(update={"accounts": (told,)})


def worst(health: Health) -> Line:
    """Return the first line."""
    return lines_of(Status(seen=health))[0]


WRONG = {
    "nobody polls the queue of posts": HEALTHY.model_copy(
        update={"queues": (TaskQueue(name="galley", serves="posts"),)}
    ),
    "tasks of media wait and nobody polls": HEALTHY.model_copy(
        update={"queues": (POLLED, TaskQueue(name="galley-media", serves="media", backlog=2))}
    ),
    "held": posts(by_state={PostState.HELD: 1}),
    "error": posts(by_state={PostState.ERROR: 2}),
    "late": posts(by_state={PostState.LATE: 1}),
    "abandoned": posts(abandoned=1),
    "no worker answers": HEALTHY.model_copy(
        update={"accounts": (Account(workflow_id="buffer:o"),)}
    ),
    "the key is refused": account(is_key_refused=True),
    "Buffer gives no answer": account(unanswered_since=AT - timedelta(minutes=9)),
    "stuck": HEALTHY.model_copy(update={"runs": Runs(stuck=1)}),
    "nobody could look": HEALTHY.model_copy(
        update={"money": None, "missing": {"money": "the store is away."}}
    ),
}
WORTH_A_LOOK = {
    "nobody polls for media, which nobody wants": HEALTHY.model_copy(
        update={"queues": (POLLED, ALONE)}
    ),
    "tasks wait long": HEALTHY.model_copy(
        update={"queues": (POLLED.model_copy(update={"backlog": 9, "backlog_seconds": 61}),)}
    ),
    "overdue": posts(overdue=4),
    "expiring": posts(by_state={PostState.IN_REVIEW: 3}, expiring=1),
    "failed today": posts(ended_today={PostState.FAILED: 1}),
    "a pause": account(pauses=(Pause(by="kim", scope=PauseScope(platform=Platform.X)),)),
    "the quota is used up": account(
        next_call_at=AT + timedelta(minutes=5), held_by="100 in 15 minutes"
    ),
    "the quota is nearly used up": account(
        windows=(RateWindow(seconds=900, limit=100, remaining=10, resets_in=60),)
    ),
    "a feed": HEALTHY.model_copy(
        update={"runs": Runs(feeds=(Feed(feed_id="f1", said="It failed", since=AT),))}
    ),
    "campaigns": HEALTHY.model_copy(update={"runs": Runs(failed_campaigns=1)}),
    "campaigns that wait": HEALTHY.model_copy(update={"runs": Runs(waiting_campaigns=1)}),
    "near the ceiling": HEALTHY.model_copy(
        update={"money": Money(taken_micros=8, ceiling_micros=10)}
    ),
    "near a brand's ceiling": HEALTHY.model_copy(
        update={"money": Money(taken_micros=0, brands={"acme": 9}, brand_ceiling_micros=10)}
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_work_is_broken_and_comes_first(what: str) -> None:
    assert worst(WRONG[what]).level is Level.FAILED


@pytest.mark.parametrize("what", WORTH_A_LOOK)
def test_what_still_works_is_worth_a_look_and_not_broken(what: str) -> None:
    assert worst(WORTH_A_LOOK[what]).level is Level.WARNING


def test_a_key_that_buffer_refuses_is_broken_though_no_campaign_was_there_yet() -> None:
    found = Status(seen=HEALTHY.model_copy(update={"accounts": ()}), key_refusal="It is refused.")

    assert not found.is_healthy
    assert lines_of(found)[0].part == "buffer key"


@pytest.mark.parametrize(("status", "is_refused"), [(401, True), (500, False)])
async def test_buffer_is_asked_whether_it_takes_the_key(
    httpserver: HTTPServer, status: int, *, is_refused: bool
) -> None:
    httpserver.expect_request("/").respond_with_data("no", status=status)
    settings = Settings(buffer_api_key=SecretStr("wrong"), buffer_api_url=httpserver.url_for("/"))

    assert bool(await key_refusal(settings)) is is_refused


@pytest.mark.parametrize(("ffmpeg", "level"), [(None, Level.OK), ("false", Level.WARNING)])
async def test_the_doctor_has_ffmpeg_make_a_film(ffmpeg: str | None, level: Level) -> None:
    found = await films(Settings(ffmpeg=ffmpeg))

    assert found.level is level, found.message
    assert ffmpeg or re.search(r"ffmpeg\S* \d+\.\S+ made a film of half a second", found.message)


async def test_the_doctor_has_typst_draw_a_card() -> None:
    found = await cards()

    assert found.level is Level.OK
    assert re.match(r"typst \d+\.\d+\.\d+ drew a card", found.message)


def test_when_all_is_well_every_line_says_so() -> None:
    assert {line.level for line in lines_of(Status(seen=HEALTHY))} == {Level.OK}


def test_drafts_that_wait_need_a_person_and_nothing_is_broken() -> None:
    health = posts(by_state={PostState.IN_REVIEW: 3}, proposals=2)

    assert {line.level for line in lines_of(Status(seen=health))} == {Level.OK, Level.NEEDS_YOU}
    assert Status(seen=health).needs_you == 5


@pytest.mark.parametrize("what", [*WRONG, *WORTH_A_LOOK])
def test_what_is_not_well_names_a_command_that_exists(what: str) -> None:
    known = pages.sub_commands()
    for line in lines_of(Status(seen={**WRONG, **WORTH_A_LOOK}[what])):
        words = line.run_next.split()
        assert words or line.level is Level.OK, line
        if "galley" in words:
            assert words[words.index("galley") + 1] in known, line


@pytest.mark.parametrize("what", [*WRONG, *WORTH_A_LOOK])
def test_the_worst_level_is_that_of_the_first_line(what: str) -> None:
    health = {**WRONG, **WORTH_A_LOOK}[what]

    assert worst_of(*levels(health)) is worst(health).level
    assert Status(seen=health).is_healthy == (what in WORTH_A_LOOK)


@given(parts=st.sets(st.sampled_from(["queues", "accounts", "posts", "runs", "money"])))
def test_a_part_that_nobody_could_look_at_is_never_called_well(parts: set[str]) -> None:
    away = dict.fromkeys(sorted(parts), "it did not answer.")
    health = HEALTHY.model_copy(update={**dict.fromkeys(parts), "missing": away})

    broken = [line.part for line in lines_of(Status(seen=health)) if line.level is Level.FAILED]

    assert sorted(broken) == sorted(parts)
    assert (Status(seen=health).needs_you is None) == ("posts" in parts)


@given(counts=st.dictionaries(st.sampled_from(sorted(PostState)), st.integers(0, 9), max_size=6))
def test_the_lines_are_ordered_worst_first_whatever_the_counts(
    counts: dict[PostState, int],
) -> None:
    order = [Level.FAILED, Level.WARNING, Level.NEEDS_YOU, Level.OK]

    health = posts(by_state=counts)
    found = [line.level for line in lines_of(Status(seen=health))]

    assert found == sorted(found, key=order.index)
    assert worst_of(*levels(health)) is found[0]


def test_an_alarm_speaks_of_one_post_or_of_several() -> None:
    said = {n: worst(posts(by_state={PostState.HELD: n})).said for n in (1, 2)}

    assert said == {
        1: "1 post: look whether Buffer has it.",
        2: "2 posts: look whether Buffer has them.",
    }


def test_the_queue_says_for_how_long_the_oldest_waits() -> None:
    health = account(
        phases={JobPhase.WAITING: 2, JobPhase.LOOKING: 1, JobPhase.OUTSTANDING: 4},
        waiting_since=AT - timedelta(minutes=90),
    )

    (queue,) = [line for line in lines_of(Status(seen=health)) if line.part == "queue"]

    assert queue.said.startswith(
        "3 posts to be created in Buffer, the oldest for 1 hour; 4 posts there"
    )


def test_task_queues_that_are_served_share_a_line_and_others_have_their_own() -> None:
    later = Poller(identity="7@host", seen_at=AT + timedelta(minutes=1))
    media = TaskQueue(name="galley-media", serves="media", pollers=(later,))
    speech = TaskQueue(name="galley-speech", serves="speech")
    health = HEALTHY.model_copy(update={"queues": (POLLED, speech, media)})

    lines = [one for one in lines_of(Status(seen=health)) if one.part.startswith("worker")]

    assert [one.part for one in lines] == ["worker galley-speech", "workers"]
    assert (
        lines[1].said == f"1 worker (7@host) polling 2 task queues, last at {AT.astimezone():%X}."
    )


def test_the_page_of_an_account_with_nothing_to_ask_says_that_it_is_ready() -> None:
    done = account(phases={JobPhase.SETTLED: 9})
    asking = account(phases={JobPhase.SETTLED: 9, JobPhase.OUTSTANDING: 1}, waiting_for="09:00")

    (quiet,), (busy,) = (
        [part.words for part in parts_of(Status(seen=seen)) if part.name.startswith("Buffer")]
        for seen in (done, asking)
    )

    assert "the next post" not in quiet
    assert "09:00" in busy


def test_every_phase_of_a_job_has_words_for_people() -> None:
    assert set(PHASES) == set(JobPhase)


def test_a_queue_without_posts_does_not_say_that_it_waits_for_jobs() -> None:
    (queue,) = [line for line in lines_of(Status(seen=HEALTHY)) if line.part == "queue"]

    assert queue.said.endswith("not published yet.")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 seconds"), (61, "1 minute"), (7_300, "2 hours"), (200_000, "2 days")],
)
def test_a_span_is_told_in_its_largest_unit(seconds: float, said: str) -> None:
    assert ago(seconds) == said
