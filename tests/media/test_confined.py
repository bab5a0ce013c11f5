"""A hostile file ends the child that decodes it, not the worker; and it is told."""

import asyncio
import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from galley.media.card import CardSpec, CardText, Margin, draw_card
from galley.media.confined import AT_ONCE, ENVIRONMENT, Limits, confined, confined_to
from galley.media.errors import MediaError, MediaMemoryError, MediaTimeoutError, MisfitError
from galley.media.ffmpeg import run_ffmpeg
from galley.media.probe import probe
from galley.models.media import MediaKind, Points
from tests.media import hostile_work

CARD = CardSpec(400, 300, Margin(30, 30, 30, 30), 1_000_000)


async def test_a_child_draws_and_measures_what_the_worker_would() -> None:
    text = CardText("Ship it on Friday.", "Field Notes", "example.com")
    drawn = await confined(draw_card, CARD, text)

    assert drawn == draw_card(CARD, text)
    assert await confined(probe, drawn) == probe(drawn)


async def test_children_are_kept_warm_and_are_never_the_worker() -> None:
    seen = {await confined(hostile_work.nothing) for _ in range(12)}

    assert len(seen) <= AT_ONCE
    assert os.getpid() not in seen


async def test_a_picture_that_fills_the_memory_is_refused() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (6000, 6000)).save(out, "PNG", compress_level=1)

    with pytest.raises(MediaError, match="smaller first"):
        await confined_to(Limits(memory=120_000_000), probe, out.getvalue())
    # The same child, with more.
    assert (await confined(probe, out.getvalue())).width == 6000


@pytest.mark.parametrize(
    ("limits", "work", "kind", "said"),
    [
        (Limits(300_000_000), hostile_work.grow, MediaMemoryError, r"than 0\.3 GB"),
        (Limits(), hostile_work.be_killed, MediaMemoryError, r"more than 1\.5 GB"),
        (Limits(), hostile_work.give_up, MediaMemoryError, r"more than 1\.5 GB"),
        (Limits(), hostile_work.crash, MediaError, "crashed over it"),
        (Limits(processor=0), hostile_work.never_end, MediaError, "processor time"),
        (Limits(clock=0.2), hostile_work.never_end, MediaTimeoutError, r"0\.2 s"),
    ],
    ids=["grows", "killed", "aborts", "crashes", "computes", "lasts"],
)
async def test_what_a_decoder_does_over_a_file_is_told_and_the_next_is_decoded(
    limits: Limits, work: Callable[[], object], kind: type[MediaError], said: str
) -> None:
    with pytest.raises(MediaError, match=said) as told:
        await confined_to(limits, work)

    assert type(told.value) is kind
    assert await confined(hostile_work.nothing)


async def test_within_its_limit_a_decoder_may_grow() -> None:
    assert await confined_to(Limits(700_000_000), hostile_work.grow) == 400


async def test_cancelling_ends_the_child(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    work = asyncio.create_task(confined(hostile_work.hang, told))
    await until(told.exists)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    child = Path("/proc", told.read_text())
    await until(lambda: not child.exists())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - another process makes it so
            await asyncio.sleep(0.01)


async def test_an_error_of_ours_arrives_as_it_was() -> None:
    points = Points(points=("word " * 60, "word " * 60, "word " * 60))
    with pytest.raises(MisfitError, match="does not fit the picture"):
        await confined(draw_card, CARD, CardText("Ship it.", figure=points))


async def test_a_bug_is_told_by_its_place_and_not_by_words_of_a_source() -> None:
    with pytest.raises(RuntimeError, match=r"KeyError in hostile_work\.py") as told:
        await confined(hostile_work.fail)

    assert "words of a source" not in str(told.value)


async def test_a_decoder_sees_nothing_of_the_environment_but_what_is_listed() -> None:
    seen = {*await confined(hostile_work.environment)}

    assert "PYTEST_CURRENT_TEST" in os.environ
    assert "PATH" in seen
    assert seen <= ENVIRONMENT | {"PYTHONPATH"}


async def test_ffmpeg_sees_nothing_of_the_environment_but_what_is_listed(tmp_path: Path) -> None:
    await run_ffmpeg(["/bin/sh", "-c", "env > seen"], folder=tmp_path)
    seen = {line.partition("=")[0] for line in (tmp_path / "seen").read_text().split()}

    assert "PATH" in seen
    # A shell says where it stands.
    assert seen <= ENVIRONMENT | {"PWD", "OLDPWD", "SHLVL", "_"}


async def test_an_answer_cannot_name_a_class_of_its_choice() -> None:
    with pytest.raises(pickle.UnpicklingError, match="must not"):
        await confined(hostile_work.answer_with_a_stranger)


async def test_what_a_library_prints_is_no_answer(capfd: pytest.CaptureFixture[str]) -> None:
    assert await confined(hostile_work.print_a_lot) is MediaKind.SOUND
    capfd.readouterr()
