"""The commands ``doctor``, ``setup`` and ``notify test``: examine and prepare an installation."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from app.advice import Advice
from app.connections import Connections
from app.health.cluster import set_up
from app.health.examination import deleting_drafts, examine, open_trial
from app.health.findings import Finding, Level
from app.health.notifications import send_test
from cli.commands.going_live import set_up_live
from cli.commands.options import Json
from cli.errors import CommandError, ExitCode, command_of, exit_code, usage
from cli.phrases import polling_words
from cli.process import connections, run
from cli.terminal import ask, say, show_json, table
from galley.clients.buffer.trial import examination as trial_examination
from galley.clients.buffer.trial.account import Finding as Trial
from galley.clients.buffer.trial.account import Verdict


def doctor(
    *,
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help="Check Galley's assumptions about Buffer, with drafts that are deleted again.",
        ),
    ] = False,
    channel: Annotated[
        str | None,
        typer.Option(
            metavar="CHANNEL",
            help="With --live: the channel for the drafts, by ID, name or network; "
            "needed unless there is one channel alone.",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --live: do not ask before writing.")
    ] = False,
    json: Json = False,
) -> None:
    """Check Temporal, the worker, Buffer, Anthropic and the buckets.

    Names each problem, and its remedy. With --live, checks Galley's assumptions about
    Buffer on the account itself: with drafts alone, nothing is ever published.

    Example: galley doctor --live --channel "My page"
    """
    if live:
        _try_live(channel, yes=yes, json=json)
        return
    if channel is not None or yes:
        raise typer.BadParameter("--channel and --yes go with --live.")
    findings = run(examine(connections()))
    if json:
        show_json(_as_json(findings))
    else:
        _print_findings(findings)
    _raise_worst(findings, "Something is wrong: the lines above say what to do.")
    say("Nothing is broken.")


def setup(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT", help="live: ask for the keys of outside services, one at a time."
        ),
    ] = "",
    *,
    check: Annotated[bool, typer.Option("--check", help="Look only; change nothing.")] = False,
    json: Json = False,
) -> None:
    """Prepare a Temporal namespace, and say what is missing.

    `galley setup live` asks for one key after the other, checks each as it is typed, and
    writes it into .env, which nobody else reads.

    Registers the missing search attributes, then checks the retention and the workers of
    each task queue. It may be run again at any time. Where the server lets no client
    register them, as Temporal Cloud does, it prints the command that does.

    Example: galley setup --check
    """
    if what == "live":
        set_up_live()
        return
    if what:
        raise usage(f"There is setup, and setup live, but no setup {what!r}.")
    done = run(set_up(connections(), check=check))
    if json:
        show_json({"registered": done.registered, "findings": _as_json(done.findings)})
    else:
        if done.registered:
            say(f"Registered {', '.join(done.registered)}.")
        _print_findings(done.findings)
    _raise_worst(done.findings, "Something is missing: the lines above say what to do.")


def _as_json(findings: Sequence[Finding]) -> list[dict[str, str]]:
    return [
        {"part": one.part, "health": one.level.value, "said": one.message, "next": _next(one)}
        for one in findings
    ]


def _next(finding: Finding) -> str:
    """Return the command that a finding, or the error behind it, advises."""
    advice = finding.error.advice if finding.error else Advice(action=finding.action)
    return command_of(advice) if advice else ""


def rows_of(findings: Sequence[Finding]) -> list[tuple[str, str, str]]:
    """Return a row for each finding, and one for all task queues that workers poll."""
    polled = [one for one in findings if one.workers and one.level is Level.OK]
    rows = list[tuple[str, str, str]]()
    for one in findings:
        if one in polled:
            if one is polled[0]:
                names = {name for queue in polled for name in queue.workers}
                rows.append(("workers", Level.OK, f"{polling_words(names, len(polled))}."))
            continue
        step = _next(one)
        rows.append((one.part, one.level, f"{one.message}{f' Next: {step}' if step else ''}"))
    return rows


def _print_findings(findings: Sequence[Finding]) -> None:
    table(("Part", "Health", "Seen"), rows_of(findings))


def _raise_worst(findings: Sequence[Finding], message: str) -> None:
    """End with the exit code of the worst finding.

    Raises:
        CommandError: Something failed.
    """

    def code(finding: Finding) -> ExitCode:
        if finding.error is not None:
            return exit_code(finding.error)
        return ExitCode.FAILED if finding.level is Level.FAILED else ExitCode.DONE

    worst = max(map(code, findings))
    if worst is not ExitCode.DONE:
        raise CommandError(message, worst)


# doctor --live


def _try_live(channel: str | None, *, yes: bool, json: bool) -> None:
    """Try Galley's assumptions on Buffer, and print what was seen, whatever happens.

    Raises:
        AppError: No channel is meant, or a draft could not be deleted.
        CommandError: The person declined, or was not asked; or Buffer does something
            else than Galley assumes.
    """
    if not (yes or sys.stdin.isatty()):
        raise usage("This makes drafts in Buffer: add --yes, or run it in a terminal.")
    found: list[Trial] = []
    try:
        run(_try(connections(), channel, found, yes=yes))
    finally:
        rows = [(one.assumption, one.verdict.value, one.said) for one in found]
        if json:
            names = ("assumption", "verdict", "said")
            show_json([dict(zip(names, row, strict=True)) for row in rows])
        elif rows:
            table(("Assumed of Buffer", "Verdict", "Seen"), rows)
    different = sum(one.verdict is Verdict.DIFFERENT for one in found)
    if different:
        raise CommandError(
            f"Buffer does {different} of these things differently: see the lines above, and "
            "the assumptions in docs/buffer.md."
        )


async def _try(opened: Connections, channel: str | None, found: list[Trial], *, yes: bool) -> None:
    async with open_trial(opened, channel) as trial:
        if not yes:
            most = trial_examination.MOST_REQUESTS
            answer = await ask(
                f"Make a few drafts on {trial.channel.name} ({trial.channel.platform}) and "
                f"delete them, with at most {most} requests? Nothing is published. [y/N] "
            )
            if (answer or "").casefold() not in {"y", "yes"}:
                raise CommandError("Nothing was written to Buffer.")
        async with deleting_drafts(trial, opened.progress):
            async for one in trial_examination.examine(trial):
                found.append(one)  # noqa: PERF401 -- kept, should the rest fail


# Notifications

notify = typer.Typer(name="notify", no_args_is_help=True)


@notify.callback()
def _notify() -> None:
    """Notify a person by webhook, e-mail or Slack when one is needed."""


@notify.command("test")
def try_channels(*, json: Json = False) -> None:
    """Send a test message by every configured channel, and print each answer.

    A receiver that had refused further messages (410) gets messages again once it takes
    this one.

    Example: galley notify test
    """
    tried = run(send_test(connections()))
    if json:
        show_json(
            [
                {"channel": t.channel, "host": t.host, "ok": t.is_ok, "said": t.message}
                for t in tried
            ]
        )
    else:
        rows = [(t.channel, "ok" if t.is_ok else "failed", t.message) for t in tried]
        table(("Channel", "Result", "Answer"), rows)
    if not all(one.is_ok for one in tried):
        raise CommandError("A channel did not take the message.", ExitCode.REFUSED)
