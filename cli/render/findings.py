"""What ``doctor``, ``setup`` and ``notify test`` found, and the exit code it means."""

from collections.abc import Sequence

from app.health.cluster import SetUp
from app.health.findings import Finding, Level
from app.health.notifications import Tried
from cli.errors import CommandError, ExitCode, exit_code
from cli.terminal import say, show_json, table


def print_findings(findings: Sequence[Finding], *, json: bool) -> None:
    """Print what ``doctor`` found.

    Raises:
        CommandError: Something is off; the code is that of the worst finding.
    """
    if json:
        show_json(_as_json(findings))
    else:
        _table(findings)
    _raise_worst(findings, "Something is off: see what to do above.")


def print_set_up(done: SetUp, *, json: bool) -> None:
    """Print what ``setup`` registered and found.

    Raises:
        CommandError: Something is missing; the code is that of the worst finding.
    """
    if json:
        found = _as_json(done.findings)
        show_json({"registered": done.registered, "findings": found})
    else:
        if done.registered:
            say(f"Registered {', '.join(done.registered)}.")
        _table(done.findings)
    _raise_worst(done.findings, "Something is missing: see what to do above.")


def _as_json(findings: Sequence[Finding]) -> list[dict[str, str]]:
    return [{"part": one.part, "health": one.level.value, "said": one.message} for one in findings]


def _table(findings: Sequence[Finding]) -> None:
    rows = [(one.part, one.level, one.message) for one in findings]
    table(("Part", "Health", "Seen"), rows)


def _raise_worst(findings: Sequence[Finding], message: str) -> None:
    worst = max(_code(one) for one in findings)
    if worst is not ExitCode.DONE:
        raise CommandError(message, worst)


def _code(finding: Finding) -> ExitCode:
    if finding.error is not None:
        return exit_code(finding.error)
    is_failed = finding.level is Level.FAILED
    return ExitCode.FAILED if is_failed else ExitCode.DONE


def print_tried(tried: Sequence[Tried], *, json: bool) -> None:
    """Print what came back from each channel of notifications.

    Raises:
        CommandError: One did not take the message.
    """
    if json:
        told = [
            {"channel": t.channel, "host": t.host, "ok": t.is_ok, "said": t.message} for t in tried
        ]
        show_json(told)
    else:
        rows = [(t.channel, "ok" if t.is_ok else "failed", t.message) for t in tried]
        table(("Channel", "Result", "What came back"), rows)
    if not all(one.is_ok for one in tried):
        raise CommandError("A channel did not take the message.", ExitCode.REFUSED)
