"""How well a part is: the words of `doctor` and `setup`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from cli.terminal.failures import ExitCode
from cli.terminal.translation import explain


class Health(StrEnum):
    """How well a part is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


Look = Callable[[], Awaitable[tuple[Health, str]]]


@dataclass(frozen=True)
class Finding:
    """What was seen of one part; ``said`` ends with what to do, if it is off."""

    part: str
    health: Health
    said: str
    code: ExitCode = ExitCode.DONE


async def find(part: str, look: Look) -> Finding:
    """Return what a look found; an error that is expected is a finding too."""
    try:
        health, said = await look()
    except Exception as error:
        told = explain(error)
        if told is None:
            raise
        return Finding(part, Health.FAILED, str(told), told.code)
    code = ExitCode.FAILED if health is Health.FAILED else ExitCode.DONE
    return Finding(part, health, said, code)
