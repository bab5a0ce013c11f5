"""Decoding and drawing in the sandbox, and the limit of memory that ffmpeg is held by.

The activities run every decoder of strangers' files here (decision 0037). On Linux; elsewhere
memory is not limited. Counted for ffmpeg is ``VmData``, the memory that a process may write to
and shares with nobody: neither address space that its threads only reserve, nor files that it
maps. Out of memory, ffmpeg does not end: its threads wait for each other. So it is killed before
the kernel refuses it anything, and the limit of the kernel is for growth between two looks.
"""

import asyncio
import os
import pickle
import re
import resource
import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from galley.media import errors
from galley.media.errors import MediaError, MediaMemoryError, MediaTimeoutError
from galley.sandbox.pool import (
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

MOST = 2_000_000_000
"""Bytes. Of 4K in, clips took 0.6 GB and posts 0.7 GB at most (2026-11, ffmpeg 9.0)."""
_ABOVE = 600_000_000  # bytes more that the kernel allows: above ffmpeg's largest allocation
_EVERY = 0.25
_DATA = re.compile(r"^VmData:\s+(\d+) kB", re.MULTILINE)
# Classes that an answer may hold, beside numbers, text, bytes and lists of them.
_ANSWERED = frozenset(
    {
        ("galley.media.probe", "Probe"),
        ("galley.models.media", "MediaKind"),
        ("galley.media.look", "FontFile"),
        ("galley.media.follow", "Seen"),
        ("galley.media.follow", "Face"),
    }
)
_LIBRARIES = {
    "galley.media.follow": ("numpy",),
    "galley.media.photos": ("numpy",),
    "galley.media.probe": ("av",),
    "galley.media.sound": ("av",),
}
"""What these import where they first use it, so that no program that only names them does."""
_ERRORS: dict[str, type[MediaError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, MediaError)
}
_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


def hold(pid: int, most: int = MOST) -> None:
    """Have the kernel refuse a process any memory far above ``most`` bytes."""
    limit = getattr(resource, "prlimit", None)
    if limit is not None:
        with suppress(OSError):  # it may have ended already
            limit(pid, resource.RLIMIT_DATA, (most + _ABOVE, most + _ABOVE))


async def outgrown(pid: int, most: int = MOST) -> None:
    """Return once a process has more than ``most`` bytes; if it never has, never."""
    status = Path(f"/proc/{pid}/status")
    while True:
        await asyncio.sleep(_EVERY)
        if _used(status) > most:
            return


def _used(status: Path) -> int:
    try:
        found = _DATA.search(status.read_text())
    except OSError:  # it may have ended already
        return 0
    return int(found[1]) * 1024 if found else 0


# A nursery begins with 0.07 GB, and 50 megapixels took 1.4 GB (a WebP with alpha, 2026-11). The
# processor's seconds are seven times the frames of a video that are decoded: 900 of 4K, 35 ms
# each (noise in H.264 at 130 Mbit/s, HEVC of ten bits at 60). No network takes a larger answer.
LIMITS = Limits(memory=1_500_000_000, processor=240, clock=900.0, answer=200_000_000)


def font_folders() -> tuple[str, ...]:
    """Return where fonts and their settings may be, on Linux."""
    home, data = Path.home(), os.environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share")
    own = os.environ.get("XDG_DATA_HOME", str(home / ".local/share"))
    shared = [f"{folder}/fonts" for folder in (*data.split(":"), own) if folder]
    named = [os.environ.get(name, "") for name in ("FONTCONFIG_FILE", "FONTCONFIG_PATH")]
    return (*shared, *filter(None, named), str(home / ".fonts"), "/etc/fonts")


def sandbox_of(*modules: str, files: Iterable[Path] = ()) -> Sandbox:
    """Return a sandbox that has imported these modules, and sees fonts and temporary files.

    It imports what draws or decodes before the first job of its kind. Other files that its
    children are to read, each by its whole name, are in ``files``.
    """
    return Sandbox(
        modules,
        "galley.media.errors.MediaError",
        has_threads=True,
        readable=(*font_folders(), *map(str, files)),
        writable=(tempfile.gettempdir(),),
    )


SANDBOX = sandbox_of(__name__)


async def confined(
    work: Callable[_Params, _Result], *args: _Params.args, **named: _Params.kwargs
) -> _Result:
    """Return the result of ``work``, done in a child process within :data:`LIMITS`.

    Waits for a free child. Cancelling kills the child.

    Raises:
        MediaError: ``work`` raised it, crashed, or took too much processor time.
        MediaMemoryError: It needs more memory.
        MediaTimeoutError: It took longer by the clock: the machine may be busy.
        RuntimeError: ``work`` has a bug; it says where.
    """
    return await confined_in(SANDBOX, LIMITS, work, *args, **named)


@contextmanager
def reading(*files: Path, module: str = "galley.media.probe") -> Generator[Sandbox]:
    """Yield a sandbox for files of a person, which may lie anywhere on this machine."""
    sandbox = sandbox_of(module, files=files)
    try:
        yield sandbox
    finally:
        sandbox.close()


async def confined_in(
    sandbox: Sandbox,
    limits: Limits,
    work: Callable[_Params, _Result],
    /,
    *args: _Params.args,
    **named: _Params.kwargs,
) -> _Result:
    """Return the result of ``work`` in another sandbox and limits; as :func:`confined`."""
    try:
        for name in (work.__module__, *_LIBRARIES.get(work.__module__, ())):
            sandbox.prepare(name)
        told, _ = await sandbox.run(limits, _pickled, work, args, named)
    except RefusedError as error:
        if error.kind == MediaMemoryError.__name__ and not str(error):
            raise _failure(OutOfMemoryError(), limits) from None
        raise _ERRORS.get(error.kind, MediaError)(str(error)) from None
    except SandboxError as error:
        raise _failure(error, limits) from None
    return cast("_Result", _Reader(BytesIO(told)).load())


def _pickled(work: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> bytes:
    return pickle.dumps(work(*args, **named))


class _Reader(pickle.Unpickler):
    """Reads answers; of a child that a hostile file took over it creates no other class."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:  # noqa: ANN401
        if (module_name, global_name) not in _ANSWERED:
            raise pickle.UnpicklingError("An answer holds what it must not.")
        return super().find_class(module_name, global_name)


def _failure(error: SandboxError, limits: Limits) -> MediaError:
    """Return what is said of work that did not end well."""
    match error:
        case OutOfMemoryError():
            return MediaMemoryError(
                f"It needs more than {limits.memory / 1e9:g} GB of memory to be decoded or "
                "drawn: make it smaller first."
            )
        case OutOfProcessorError():
            return MediaError(
                f"It needs more than {limits.processor} s of processor time to be decoded "
                "or drawn: make it shorter or smaller first."
            )
        case ProgramEndedError():
            return MediaTimeoutError("The sandbox ended before it was decoded or drawn.")
        case OutOfTimeError():
            return MediaTimeoutError(
                f"It took longer than {limits.clock:g} s to be decoded or drawn: "
                "the machine may be busy."
            )
        case LongAnswerError():
            return MediaError("What was made of it is larger than any network takes.")
        case _:
            return MediaError(
                "The program that decodes it crashed over it: use another file, such as one "
                "that was saved anew."
            )
