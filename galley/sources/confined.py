"""Readers of sources in the sandbox: the activities and the command line read strangers so.

A value comes back as JSON and is checked as any outside value, so that a reader that a hostile
page took over can say nothing but a false text.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, ParamSpec, TypeVar

from pydantic import TypeAdapter

from galley.sandbox.pool import (
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
from galley.sources.text import SourceError

LIMITS = Limits(memory=450_000_000, processor=5, clock=60)
"""Of a text. 350,000 words, the most that are taken, took 0.9 s as HTML, 500 pages of PDF 1.8 s."""
_PDF_SECONDS, _BYTES_A_SECOND = 30, 1_000_000
SANDBOX = Sandbox((__name__,), "galley.sources.text.SourceError")
"""It imports a reader before the first source of its kind: a command that reads a table needs no
parser of pages, and few workers read PDF."""
_WHY: dict[type[SandboxError], str] = {
    OutOfMemoryError: "needs more than {memory} MB of memory to be read",
    OutOfProcessorError: "takes more than {processor} s to be read",
    LongAnswerError: "holds too much to be read",
    CrashedError: "cannot be read",
}
_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


class BusyError(SourceError):
    """The reader was not done in time, although it used little of the processor, or was ended."""

    retryable = True


def limits_of_pdf(size: int) -> Limits:
    """Return the limits of a PDF of so many bytes: books take longer, small files never do."""
    seconds = min(_PDF_SECONDS, LIMITS.processor + size // _BYTES_A_SECOND)
    return Limits(LIMITS.memory, seconds, LIMITS.clock + seconds)


async def read_confined(
    shape: type[_Result],
    read: Callable[_Params, _Result],
    /,
    *args: _Params.args,
    **named: _Params.kwargs,
) -> _Result:
    """Return what a reader makes of a source, in a child of the sandbox.

    Args:
        shape: The type of the result.
        read: The reader, a function of this room.
        args: Its arguments.
        named: Its named arguments.

    Raises:
        SourceError: The reader refuses the source, or it takes more than :data:`LIMITS`.
        BusyError: It took too long, although it computed little.
    """
    return await read_confined_to(LIMITS, shape, read, *args, **named)


async def read_confined_to(
    limits: Limits,
    shape: type[_Result],
    read: Callable[_Params, _Result],
    /,
    *args: _Params.args,
    **named: _Params.kwargs,
) -> _Result:
    """Return what a reader makes of a source, within other limits; as :func:`read_confined`."""
    try:
        prepare(read)
        told, _ = await SANDBOX.run(limits, as_json, shape, read, args, named)
    except RefusedError as error:
        raise SourceError(str(error)) from None
    except RuntimeError as error:
        # A bug of ours or of a library, over this source: it would be there again.
        raise SourceError(f"This source cannot be read. {error}.") from None
    except (OutOfTimeError, ProgramEndedError):
        raise BusyError("The source was not read in time: the machine is busy.") from None
    except SandboxError as error:
        numbers = {"memory": limits.memory // 1_000_000, "processor": limits.processor}
        why = _WHY[type(error)].format(**numbers)
        raise SourceError(f"This source {why}: save its text and give that file.") from None
    return _adapter(shape).validate_json(told)


def prepare(read: Callable[..., object]) -> None:
    """Have the sandbox import a reader, and go on: a source may be fetched meanwhile."""
    SANDBOX.prepare(read.__module__)


def as_json(
    shape: type[Any], read: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]
) -> bytes:
    """Return a result of a reader as JSON: what runs in the child."""
    return _adapter(shape).dump_json(read(*args, **named))


@cache
def _adapter(shape: type[_Result]) -> TypeAdapter[_Result]:
    return TypeAdapter(shape)
