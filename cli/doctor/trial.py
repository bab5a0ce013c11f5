"""``doctor --live``: ask the person, try it on Buffer, and print what was seen."""

import sys

from app.connections import Connections
from app.health.trial import deleting_drafts, open_trial
from cli.connections import connections
from cli.errors import CommandError, usage
from cli.process import run
from cli.terminal import ask, show_json, table
from galley.clients.buffer.trial.account import Finding, Verdict
from galley.clients.buffer.trial.examination import MOST_REQUESTS, examine
from galley.models.channel import Channel


def try_and_print(channel: str | None, *, yes: bool, json: bool) -> None:
    """Carry out ``doctor --live``.

    Raises:
        AppError: No channel is meant, or a draft could not be deleted.
        CommandError: The person declined, or was not asked; or Buffer does something
            else than is assumed.
    """
    if not (yes or sys.stdin.isatty()):
        raise usage("Drafts are made in Buffer: say --yes, or run it in a terminal.")
    findings: list[Finding] = []
    try:
        run(_try(connections(), channel, findings, yes=yes))
    finally:
        _print(findings, json=json)
    different = sum(one.verdict is Verdict.DIFFERENT for one in findings)
    if different:
        raise CommandError(
            f"Buffer does {different} of these things differently: see above, and in "
            "docs/buffer.md what is assumed."
        )


async def _try(
    reached: Connections, channel: str | None, findings: list[Finding], *, yes: bool
) -> None:
    async with open_trial(reached, channel) as trial:
        if not (yes or await _is_wanted(trial.channel)):
            raise CommandError("Nothing was sent that writes.")
        async with deleting_drafts(trial, reached.progress):
            async for one in examine(trial):
                findings.append(one)  # noqa: PERF401 -- kept, should the rest fail


async def _is_wanted(channel: Channel) -> bool:
    answer = await ask(
        f"Make a few drafts on {channel.name} ({channel.platform}) and delete them, "
        f"with at most {MOST_REQUESTS} requests? Nothing is published. [y/N] "
    )
    return (answer or "").casefold() in {"y", "yes"}


def _print(findings: list[Finding], *, json: bool) -> None:
    rows = [(one.assumption, one.verdict.value, one.said) for one in findings]
    if json:
        names = ("assumption", "verdict", "said")
        show_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        table(("Assumed of Buffer", "Verdict", "Seen"), rows)
