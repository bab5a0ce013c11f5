"""A hostile file ends the child that decodes it, not the worker; and it is told."""

import io
import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from galley.media.card import CardSpec, Margin, draw_card
from galley.media.card_words import CardText
from galley.media.confined import LIMITS, confined, confined_in, sandbox_of
from galley.media.confined import SANDBOX as DRAWING
from galley.media.errors import MediaError, MediaMemoryError, MediaTimeoutError, MisfitError
from galley.media.ffmpeg import run_ffmpeg
from galley.media.probe import probe
from galley.models.media import MediaKind, Points
from galley.sandbox import kernel
from galley.sandbox.pool import ENVIRONMENT, Limits
from tests.media import hostile_work

SANDBOX = sandbox_of("galley.media.card", "galley.media.probe", "tests.media.hostile_work")
CARD = CardSpec(400, 300, Margin(30, 30, 30, 30), 1_000_000)


async def test_a_child_draws_and_measures_what_the_worker_would() -> None:
    text = CardText("Ship it on Friday.", "Field Notes", "example.com")
    drawn = await confined(draw_card, CARD, text)

    assert drawn == draw_card(CARD, text)
    assert await confined(probe, drawn) == probe(drawn)


async def test_what_decodes_films_is_not_loaded_for_a_card() -> None:
    DRAWING.close()
    loaded = "{'av', 'numpy', 'galley.media.typefaces'} & {*__import__('sys').modules}"

    drawn = await confined(draw_card, CARD, CardText("Ship it.", "Field Notes", "example.com"))
    assert await confined(eval, loaded) == {"galley.media.typefaces"}

    await confined(probe, drawn)
    # Once for all children that come.
    assert await confined(eval, loaded) == {"av", "galley.media.typefaces"}


async def test_a_picture_that_fills_the_memory_is_refused() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (6000, 6000)).save(out, "PNG", compress_level=1)

    with pytest.raises(MediaError, match="smaller first"):
        await confined_in(SANDBOX, replace(LIMITS, memory=120_000_000), probe, out.getvalue())
    # The same, with more.
    assert (await confined(probe, out.getvalue())).width == 6000


@pytest.mark.parametrize(
    ("limits", "work", "kind", "said"),
    [
        (replace(LIMITS, memory=300_000_000), hostile_work.grow, MediaMemoryError, r"than 0\.3 GB"),
        (LIMITS, hostile_work.be_killed, MediaMemoryError, r"more than 1\.5 GB"),
        (LIMITS, hostile_work.give_up, MediaMemoryError, r"more than 1\.5 GB"),
        (LIMITS, hostile_work.crash, MediaError, "crashed over it"),
        (replace(LIMITS, processor=1), hostile_work.never_end, MediaError, "processor time"),
        (replace(LIMITS, clock=0.2), hostile_work.never_end, MediaTimeoutError, r"0\.2 s"),
    ],
    ids=["grows", "killed", "aborts", "crashes", "computes", "lasts"],
)
async def test_what_a_decoder_does_over_a_file_is_told_and_the_next_is_decoded(
    limits: Limits, work: Callable[[], object], kind: type[MediaError], said: str
) -> None:
    with pytest.raises(MediaError, match=said) as told:
        await confined_in(SANDBOX, limits, work)

    assert type(told.value) is kind
    assert await confined_in(SANDBOX, LIMITS, hostile_work.nothing)


async def test_within_its_limit_a_decoder_may_grow() -> None:
    assert await confined_in(SANDBOX, replace(LIMITS, memory=700_000_000), hostile_work.grow) == 400


async def test_an_error_of_ours_arrives_as_it_was() -> None:
    points = Points(points=("word " * 60, "word " * 60, "word " * 60))
    with pytest.raises(MisfitError, match="does not fit the picture"):
        await confined(draw_card, CARD, CardText("Ship it.", figure=points))


async def test_a_bug_is_told_by_its_place_and_not_by_words_of_a_source() -> None:
    with pytest.raises(RuntimeError, match=r"KeyError in hostile_work\.py") as told:
        await confined_in(SANDBOX, LIMITS, hostile_work.fail)

    assert "words of a source" not in str(told.value)


async def test_ffmpeg_sees_nothing_of_the_environment_but_what_is_listed(tmp_path: Path) -> None:
    await run_ffmpeg(["/bin/sh", "-c", "export -p > seen"], folder=tmp_path)
    told = (tmp_path / "seen").read_text().splitlines()
    seen = {line.removeprefix("export ").partition("=")[0] for line in told}

    assert "PATH" in seen
    # A shell says where it stands.
    assert seen <= ENVIRONMENT | {"PWD", "OLDPWD", "SHLVL", "_"}


@pytest.mark.parametrize(
    "attempt", ["read x < {file}", "read x < /proc/$PPID/environ", "echo > {other}", "/bin/ls"]
)
async def test_ffmpeg_reads_writes_and_runs_nothing_but_what_it_is_given(attempt: str) -> None:
    # Outside of the folder for temporary files, in which checkout and home may be.
    attempt = attempt.format(file="/etc/passwd", other=Path("/dev") / "shm" / "galley-written")

    done = False
    with suppress(MediaError):
        await run_ffmpeg(["/bin/sh", "-c", attempt])
        done = True

    # Landlock closes files; a kernel without it does not.
    assert done is not bool(kernel.landlock_version())


async def test_an_answer_cannot_name_a_class_of_its_choice() -> None:
    with pytest.raises(pickle.UnpicklingError, match="must not"):
        await confined_in(SANDBOX, LIMITS, hostile_work.answer_with_a_stranger)


async def test_what_a_library_prints_is_no_answer(capfd: pytest.CaptureFixture[str]) -> None:
    assert await confined_in(SANDBOX, LIMITS, hostile_work.print_a_lot) is MediaKind.SOUND
    capfd.readouterr()
