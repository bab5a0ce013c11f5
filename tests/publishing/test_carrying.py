"""What one run of AccountWorkflow leaves to the next fits, and nothing is lost."""

import random
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galley.models.account import Evidence, Progress, ProgressKind, Receipt, ReceiptKind, Untold
from galley.models.channel import Board, Channel, ChannelDirectory
from galley.models.media import MediaKind, PublicAsset
from galley.models.network import Extras, FacebookExtras, InstagramExtras, Platform, XExtras
from galley.models.publishing import BufferPost, CreateReply, ReplyKind
from galley.models.review import ChangeKind
from galley.publishing.job import creation, hand_over, outcomes, snapshot
from galley.publishing.job.changes import take_change
from galley.publishing.job.priority import step_of
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.job.snapshot import Snapshot
from galley.publishing.job.state import AccountState
from galley.publishing.quota import QuotaState
from tests.publishing.making import LOOK_DELAYS, NOW, POST, change, created, job

LIMIT = 2 * 2**20
BUSY = AccountState(quota=QuotaState(ends=tuple(range(10**12, 10**12 + 15_000))))


@cache
def _prose() -> str:
    dice = random.Random(7)  # noqa: S311 - no secret
    return " ".join(
        "".join(
            dice.choice("bcdfghlmnprstvw") + dice.choice("aeiou") for _ in range(dice.randint(1, 4))
        )
        for _ in range(100_000)
    )


def _words(number: int, length: int) -> str:
    """Return another piece of an endless text, which compresses as prose does."""
    start = (number * 7919) % (len(_prose()) - length)
    return _prose()[start : start + length]


def _open(number: int, length: int = 400) -> JobRecord:
    name = f"{number:012x}:{number:024x}"
    asset = PublicAsset(
        kind=MediaKind.IMAGE,
        mime="image/jpeg",
        sha256=f"{random.Random(number).getrandbits(256):064x}",  # noqa: S311 - no secret
        size=123_456,
        url=f"https://storage.example.com/galley-media/{number:064x}.jpg",
    )
    said = job(name, due_in=60 * number, text=_words(number, length))
    request = said.request.model_copy(update={"assets": (asset,)})
    return creation.accept(said.model_copy(update={"request": request}))


def _outstanding(number: int, length: int = 400) -> JobRecord:
    record = _open(number, length)
    post = BufferPost(
        id=f"{number:024x}",
        channel_id="c",
        status="scheduled",
        due_at=record.job.request.due_at,
        created_at=NOW,
    )
    return _told(outcomes.trimmed(created(record, post)))


def _settled(number: int = 0, text: str = "hello") -> JobRecord:
    post = POST.model_copy(update={"id": f"{number:024}", "text": text})
    reply = CreateReply(kind=ReplyKind.OK, post=post)
    taken = creation.after_create(
        creation.accept(job(str(number), text=text)), reply, NOW, LOOK_DELAYS
    )
    sent = post.model_copy(update={"status": "sent", "external_link": "https://x.com"})
    at = NOW + timedelta(seconds=number)
    return _told(outcomes.trimmed(outcomes.after_outcome(taken, sent, at)))


def _told(record: JobRecord) -> JobRecord:
    return record.model_copy(update={"news": ()})


def _carried(*jobs: JobRecord) -> tuple[int, dict[str, JobRecord]]:
    """Return the size of what is carried, and what the next run knows."""
    state = snapshot.pack(BUSY, Snapshot(jobs=jobs))
    size = len(state.model_dump_json().encode())
    unpacked = snapshot.unpack(state)
    return size, {t.job.job_id: t for t in unpacked.jobs}


def test_the_newest_settled_jobs_are_remembered_and_no_open_one_is_forgotten() -> None:
    jobs = (creation.accept(job("open")), *(_settled(n) for n in range(1100)))

    kept = {t.job.job_id for t in snapshot.without_oldest(jobs)}

    assert len(kept) == 1001
    assert {"open", "1099"} <= kept


def test_a_settled_job_that_a_change_waits_for_is_not_forgotten() -> None:
    failed = outcomes.gone_from_buffer(created(creation.accept(job())), NOW - timedelta(days=9))
    pending = take_change(failed, change(ChangeKind.REDRIVE), NOW)

    kept = snapshot.without_oldest((pending, *(_settled(n) for n in range(1100))))

    assert pending in kept


def test_what_is_settled_is_remembered_without_its_words() -> None:
    kept = _settled(text="secret words")

    assert "secret" not in kept.model_dump_json()
    assert kept.last is not None
    assert kept.last.post is not None
    assert kept.last.post.external_link == "https://x.com"


def test_the_words_of_a_job_that_may_be_created_are_kept() -> None:
    waiting = creation.accept(job())
    unauthorized = CreateReply(kind=ReplyKind.UNAUTHORIZED)
    held = creation.after_create(waiting, unauthorized, NOW, LOOK_DELAYS)
    outstanding = created(waiting)

    for one in (waiting, held, outstanding):
        assert outcomes.trimmed(one).job == one.job


def test_few_jobs_are_carried_readably() -> None:
    state = snapshot.pack(AccountState(), Snapshot(jobs=(_open(1), _outstanding(2))))

    assert state.packed == ""
    assert len(state.jobs) == 2


def test_two_thousand_open_posts_with_their_words_are_carried_whole() -> None:
    jobs = tuple((_open if n % 2 else _outstanding)(n) for n in range(2000))

    size, known = _carried(*jobs)

    assert size < LIMIT
    assert known == {t.job.job_id: t for t in jobs}


def test_however_many_jobs_are_open_they_fit_and_what_buffer_has_is_known() -> None:
    outstanding = tuple(_outstanding(n, 900) for n in range(3500))
    waiting = tuple(_open(10_000 + n, 900) for n in range(1500))

    size, known = _carried(*outstanding, *waiting)

    assert size < LIMIT
    assert {t.job.job_id for t in outstanding} <= known.keys()
    assert all(known[t.job.job_id].post == t.post for t in outstanding)


def test_a_map_of_a_thousand_channels_is_read_anew_where_it_would_not_fit() -> None:
    boards = tuple(Board(service_id=f"{n:024}", name=f"Board {n}") for n in range(20))
    channels = tuple(
        Channel(id=f"{n:024}", name="A", platform=Platform.PINTEREST, boards=boards)
        for n in range(1000)
    )
    known = ChannelDirectory(
        organization_id="o", organization_name="O", channels=channels, fetched_at=NOW
    )
    with_map = BUSY.model_copy(update={"directory": known})
    many = Snapshot(jobs=tuple(_open(number) for number in range(2_000)))

    state = snapshot.pack(with_map, many)

    assert state.directory is None
    assert snapshot.unpack(state) == many
    assert snapshot.pack(with_map, Snapshot()).directory == known


def test_what_is_left_out_is_what_is_due_last_and_can_be_had_again() -> None:
    doubtful = _open(9_999_999).model_copy(
        update={"creates": 1, "phase": JobPhase.LOOKING, "doubt": ReplyKind.UNKNOWN}
    )
    waiting = tuple(_open(n, 2500) for n in range(3000))

    _, known = _carried(*waiting, doubtful)

    assert doubtful.job.job_id in known
    first = waiting[: len(known) - 1]
    assert 0 < len(first) < 3000
    assert {t.job.job_id for t in first} < known.keys()


def test_words_that_were_given_up_are_taken_again_when_they_are_handed_over() -> None:
    jobs = tuple(_outstanding(n, 2500) for n in range(2500))
    _, known = _carried(*jobs)
    last = jobs[-1].job
    assert known[last.job_id].is_content_dropped
    assert known[last.job_id].job.request.text == ""

    again = hand_over.accept_again(known[last.job_id], last, NOW)

    assert not again.is_content_dropped
    assert again.job == last


@pytest.mark.parametrize("phase", [JobPhase.HELD, JobPhase.PULLED_BACK, JobPhase.LOOKING])
def test_jobs_that_are_stopped_fit_however_many_and_are_found_by_their_words_again(
    phase: JobPhase,
) -> None:
    stopped = {"phase": phase, "creates": 1, "doubt": ReplyKind.UNKNOWN}
    jobs = tuple(_open(n, 2500).model_copy(update=stopped) for n in range(2500))

    size, known = _carried(*jobs)
    last = jobs[-1].job
    retract = change(ChangeKind.RETRACT).with_job(last)
    asked = take_change(known[last.job_id], retract, NOW)

    assert size < LIMIT
    assert len(known) == len(jobs)
    assert known[last.job_id].is_content_dropped
    assert step_of(known[last.job_id], (), NOW) is None
    again = hand_over.accept_again(known[last.job_id], last, NOW)
    assert again.job.request == last.request
    assert phase is not JobPhase.LOOKING or step_of(again, (), NOW) is Step.LOOK
    if phase is JobPhase.HELD:
        assert asked.phase is JobPhase.LOOKING
        assert asked.job.request.text == last.request.text


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 40), st.booleans())
def test_receipts_and_news_come_along(count: int, is_large: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    many = tuple(_outstanding(n) for n in range(900 if is_large else 1))
    news = tuple(
        Untold(reply_to=f"post:{n}", progress=Progress(job_id=str(n), kind=ProgressKind.CREATED))
        for n in range(count)
    )
    receipts = tuple(
        Receipt(
            key=str(n),
            owner="o",
            kind=ReceiptKind.CREATED,
            post=POST,
            evidence=Evidence.REPLY,
            recorded_at=NOW,
        )
        for n in range(count)
    )

    state = snapshot.pack(AccountState(), Snapshot(jobs=many, receipts=receipts, untold=news))

    assert bool(state.packed) == is_large
    assert snapshot.unpack(state) == Snapshot(jobs=many, receipts=receipts, untold=news)


def test_what_a_network_lets_a_post_carry_survives_being_packed() -> None:
    extras = [FacebookExtras(), InstagramExtras(), XExtras()]
    many = tuple(_with_extras(_open(number), extras[number % len(extras)]) for number in range(300))

    told = snapshot.pack(AccountState(), Snapshot(jobs=many)).model_dump_json()
    state = AccountState.model_validate_json(told)

    assert state.packed
    assert snapshot.unpack(state).jobs == many


def _with_extras(record: JobRecord, extras: Extras) -> JobRecord:
    request = record.job.request.model_copy(update={"extras": extras})
    said = record.job.model_copy(update={"request": request})
    return record.model_copy(update={"job": said})
