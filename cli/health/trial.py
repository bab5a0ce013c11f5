"""``doctor --live``: check what is assumed about Buffer, with drafts alone."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from activities.publishing.buffer_replies import unbroken
from app.accounts.directory import buffer_client
from cli.terminal.asking import ask
from cli.terminal.failures import CommandError, ExitCode, usage
from cli.terminal.output import say, show_json, table
from cli.terminal.process import run
from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.organizations import resolve_organization
from galley.clients.buffer.trial.account import TrialAccount
from galley.clients.buffer.trial.examination import MOST_REQUESTS, examine
from galley.clients.buffer.trial.verdicts import Finding, Verdict
from galley.models import Channel, Delivery
from galley.settings import Settings

_DRAFTS = "https://publish.buffer.com"


def try_and_print(channel: str | None, *, yes: bool, json: bool) -> None:
    """Carry out ``doctor --live``.

    Raises:
        CommandError: It is not said where, the person declined, Buffer does something
            else than is assumed, or a draft could not be deleted.
    """
    if not (yes or sys.stdin.isatty()):
        raise usage("Drafts are made in Buffer: say --yes, or run it in a terminal.")
    findings: list[Finding] = []
    try:
        run(_try(channel, findings, yes=yes))
    finally:
        _print(findings, json=json)
    different = sum(one.verdict is Verdict.DIFFERENT for one in findings)
    if different:
        raise CommandError(
            f"Buffer does {different} of these things differently: see above, and in "
            "docs/buffer.md what is assumed."
        )


async def _try(channel: str | None, findings: list[Finding], *, yes: bool) -> None:
    settings = Settings()
    client = buffer_client(settings)
    try:
        trial = await _trial(client, settings, channel)
        if not (yes or await _is_wanted(trial.channel)):
            raise CommandError("Nothing was sent that writes.")
        async with _leaving_nothing(trial):
            async for one in examine(trial):
                findings.append(one)  # noqa: PERF401 -- kept, should the rest fail
    finally:
        await client.aclose()


async def _trial(
    client: BufferClient, settings: Settings, wanted: str | None
) -> TrialAccount:
    organization = await resolve_organization(client, settings.buffer_organization)
    directory = (await client.channels(organization.id)).value
    channel = _chosen(directory.channels, wanted)
    why = channel.unusable_because(Delivery(save_to_draft=True))
    if why is not None:
        raise CommandError(f"{channel.name} {why}.", ExitCode.REFUSED)
    return TrialAccount(client, organization.id, channel)


def _chosen(channels: tuple[Channel, ...], wanted: str | None) -> Channel:
    """Return the channel that is named, or the only one there is."""
    found = [one for one in channels if wanted is None or _is_named(one, wanted)]
    if len(found) == 1:
        return found[0]
    choices = ", ".join(f"{one.name} ({one.platform}, {one.id})" for one in channels)
    problem = "Say which channel may get drafts" if found else "No such channel"
    raise usage(f"{problem}, with --channel and an ID: {choices or 'there is none'}.")


def _is_named(channel: Channel, wanted: str) -> bool:
    names = {channel.name.casefold(), channel.platform.value}
    return channel.id == wanted or wanted.casefold() in names


async def _is_wanted(channel: Channel) -> bool:
    answer = await ask(
        f"Make a few drafts on {channel.name} ({channel.platform}) and delete them, "
        f"with at most {MOST_REQUESTS} requests? Nothing is published. [y/N] "
    )
    return (answer or "").casefold() in {"y", "yes"}


@asynccontextmanager
async def _leaving_nothing(trial: TrialAccount) -> AsyncGenerator[None]:
    """Delete the drafts at the end, however it comes: Ctrl-C waits for that.

    Raises:
        CommandError: Some could not be deleted.
    """
    try:
        yield
    finally:
        left = await unbroken(asyncio.create_task(trial.clean()))
        if left:
            say(
                f"Delete these drafts by hand at {_DRAFTS}, their text begins "
                f"with “Draft”: {', '.join(left)}."
            )
    if left:
        raise CommandError("Not all drafts could be deleted.")


def _print(findings: list[Finding], *, json: bool) -> None:
    rows = [(one.assumption, one.verdict.value, one.said) for one in findings]
    if json:
        names = ("assumption", "verdict", "said")
        show_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        table(("Assumed of Buffer", "Verdict", "Seen"), rows)
