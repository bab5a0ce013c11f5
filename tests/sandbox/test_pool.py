"""A hostile source ends the child that reads it, reaches nothing, and leaves nothing behind."""

import asyncio
import os
import select
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from app.health.examination import sandbox
from app.health.findings import Level
from galley.media.card import CardSpec, Margin, draw_card
from galley.media.card_words import CardText
from galley.media.confined import confined
from galley.sandbox import kernel
from galley.sandbox.child import AT_ONCE
from galley.sandbox.launch import launched
from galley.sandbox.pool import (
    ENVIRONMENT,
    CrashedError,
    Limits,
    LongAnswerError,
    OutOfMemoryError,
    OutOfProcessorError,
    OutOfTimeError,
    ProgramEndedError,
    RefusedError,
    Sandbox,
    SandboxError,
)
from galley.sources.confined import read_confined
from tests.sandbox import hostile_readers as hostile

LIMITS = Limits(memory=300_000_000, processor=5, clock=30, answer=2_000_000)
SANDBOX = Sandbox(("tests.sandbox.hostile_readers",), "galley.sources.text.SourceError")


async def answer(work: Callable[..., bytes], *args: object, limits: Limits = LIMITS) -> bytes:
    return (await SANDBOX.run(limits, work, *args))[0]


async def test_each_job_has_a_child_of_its_own_that_keeps_nothing() -> None:
    processes = {await answer(hostile.process) for _ in range(4)}

    assert len(processes) == 4
    assert str(os.getpid()).encode() not in processes
    assert [await answer(hostile.remember) for _ in range(2)] == [b"1", b"1"]


async def test_a_child_sees_nothing_of_the_environment_but_what_is_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BUFFER_API_KEY", "secret")
    modules = ("tests.sandbox.hostile_readers",)

    with closing(Sandbox(modules, "galley.sources.text.SourceError")) as sandbox:
        told, _ = await sandbox.run(LIMITS, hostile.environment)

    assert {*told.decode().split("\n")} <= ENVIRONMENT | {"PYTHONPATH", "LC_CTYPE"}


async def test_a_child_reaches_no_file_host_program_or_process(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a key")

    done = {*(await answer(hostile.reach_out, secret)).decode().split("\n")} - {""}

    files = {"read a file", "write a file", "list a folder", "see the worker's variables"}
    # Landlock closes files, seccomp the calls; a kernel without one does not.
    assert not done & (files if kernel.landlock_version() else set())
    assert not done - files


async def test_a_child_may_be_given_one_file_by_any_name(tmp_path: Path) -> None:
    given, other = tmp_path / "12:30 shore.jpg", tmp_path / "other"
    for file in (given, other):
        file.write_text(file.name)
    refusal = "galley.sources.text.SourceError"
    modules = ("tests.sandbox.hostile_readers",)

    with closing(Sandbox(modules, refusal, readable=(str(given),))) as sandbox:
        told, _ = await sandbox.run(LIMITS, hostile.contents, given)
        with pytest.raises(RuntimeError) if kernel.landlock_version() else nullcontext():
            await sandbox.run(LIMITS, hostile.contents, other)

    assert told == b"12:30 shore.jpg"


@pytest.mark.parametrize(
    ("limits", "work", "kind"),
    [
        (LIMITS, hostile.grow, OutOfMemoryError),
        (LIMITS, hostile.answer_much, LongAnswerError),
        (Limits(300_000_000, 1, 30), hostile.compute, OutOfProcessorError),
        (Limits(300_000_000, 5, 0.3), hostile.sleep, OutOfTimeError),
        (LIMITS, hostile.crash, CrashedError),
        (LIMITS, hostile.forge, CrashedError),
    ],
    ids=["grows", "answers much", "computes", "lasts", "crashes", "forges"],
)
async def test_a_child_that_goes_too_far_is_ended_and_the_next_one_reads(
    limits: Limits, work: Callable[[], bytes], kind: type[SandboxError]
) -> None:
    with pytest.raises(kind):
        await answer(work, limits=limits)

    assert await answer(hostile.process)


async def test_the_worker_goes_on_while_a_child_computes() -> None:
    limits = Limits(300_000_000, 1, 30)
    reading = asyncio.create_task(answer(hostile.compute, limits=limits))
    beats = 0
    while not reading.done():
        await asyncio.sleep(0.01)
        beats += 1

    with pytest.raises(OutOfProcessorError):
        await reading
    assert beats >= 20


async def test_a_cancelled_job_gives_its_place_back() -> None:
    hanging = [asyncio.create_task(answer(hostile.sleep)) for _ in range(AT_ONCE + 3)]
    await asyncio.sleep(0)
    for task in hanging:
        task.cancel()
    ends = await asyncio.gather(*hanging, return_exceptions=True)

    assert all(isinstance(end, asyncio.CancelledError) for end in ends)
    # Before any of them had come to its limit of 30 seconds.
    assert await asyncio.wait_for(answer(hostile.process), 20)


async def test_a_program_that_cannot_start_is_no_fault_of_the_source() -> None:
    with (
        closing(Sandbox(("no_such_module",), "galley.sources.text.SourceError")) as sandbox,
        pytest.raises(ProgramEndedError),
    ):
        await sandbox.run(LIMITS, hostile.process)


async def test_a_refusal_is_told_in_the_readers_words_and_a_bug_by_its_place() -> None:
    with pytest.raises(RefusedError, match="It holds no text: give another"):
        await answer(hostile.refuse)
    with pytest.raises(RuntimeError, match=r"KeyError in hostile_readers.py, line \d+") as caught:
        await answer(hostile.fail)

    assert "a word of the source" not in str(caught.value)


async def test_a_trial_finds_nothing_that_a_child_could_do_where_the_kernel_closes_all() -> None:
    found = await sandbox()

    assert (found.level is Level.OK) == bool(kernel.landlock_version())


async def test_what_a_library_prints_is_no_answer() -> None:
    assert await answer(hostile.print_and_answer) == b"answer"


def test_a_launched_program_has_small_stacks_for_its_threads(tmp_path: Path) -> None:
    command = launched(["sh", "-c", "ulimit -S -s"], tmp_path, ())
    told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert int(told.stdout) == 2048


async def test_no_program_of_the_sandbox_loads_the_parser_of_links() -> None:
    """It takes as long to import as half of the rest, and none of them reads a link."""
    loaded = "'twitter_text' in __import__('sys').modules"

    assert not await confined(eval, loaded)
    assert not await read_confined(bool, eval, loaded)


async def test_children_know_the_letters_of_galleys_fonts_before_they_draw() -> None:
    """Reading them takes three times as long as drawing a card."""
    known = "__import__('sys').modules['galley.media.typefaces'].bundled.cache_info().currsize"
    card = CardSpec(400, 300, Margin(30, 30, 30, 30), 1_000_000)

    await confined(draw_card, card, CardText("Ship it on Friday.", "Field Notes", "example.com"))

    assert await confined(eval, known) == 1


def test_what_becomes_ffmpeg_imports_little() -> None:
    """Each clip starts it five times; any of these would double what Python takes of a start."""
    told = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})"
    told += "; from galley.sandbox import launch; print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", told]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603

    assert "galley.sandbox.launch" in loaded
    assert {"pathlib", "typing", "shutil", "tempfile", "platform", "re"} & {*loaded} == set()


def test_a_launched_program_ends_with_the_worker_that_launched_it(tmp_path: Path) -> None:
    command = launched(["sh", "-c", "echo begun; read -r _"], tmp_path, ())
    worker = [sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])"]
    with subprocess.Popen(  # noqa: S603
        [*worker, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as launching:
        assert launching.stdout is not None
        assert launching.stdout.readline() == b"begun\n"
        launching.kill()
        has_ended, _, _ = select.select([launching.stdout], [], [], 20)

    assert bool(has_ended) == bool(kernel.landlock_version())  # else nothing is between the two


def test_a_launched_program_has_random_numbers(tmp_path: Path) -> None:
    # Static builds of ffmpeg end without them before they read anything.
    command = launched(["sh", "-c", "read -r _ < /dev/urandom; echo read"], tmp_path, ())
    told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert (told.stdout, told.stderr) == ("read\n", "")
