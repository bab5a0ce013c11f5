"""Try the ways a person is told."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from activities.notices.notifying import gone_name
from cli.terminal.failures import CommandError, ExitCode
from cli.terminal.findings import Health
from cli.terminal.output import show_json, table
from cli.terminal.process import run
from cli.terminal.telling import telling
from galley.clients.notifying.opening import is_configured, senders_of
from galley.clients.notifying.sending import NotifyError, Sender
from galley.clients.storage import ObjectStore
from galley.clients.stores.opening import open_state
from galley.models.notification import Notification, NotificationKind
from galley.notifications.wording import commands
from galley.settings import Settings

_NONE = (
    "No channel is configured: set GALLEY_NOTIFY_WEBHOOK_URL, GALLEY_NOTIFY_SMTP_URL "
    "or GALLEY_NOTIFY_SLACK_URL (docs/how-to-notifications.md)."
)


@dataclass(frozen=True)
class Tried:
    """What came back from one channel."""

    channel: str
    host: str
    is_ok: bool
    said: str


def test_and_print(*, json: bool) -> None:
    """Carry out ``notify test``.

    Raises:
        CommandError: No channel is configured, or one did not take the message.
    """
    tried = run(_test())
    if json:
        show_json(
            [
                {"channel": t.channel, "host": t.host, "ok": t.is_ok, "said": t.said}
                for t in tried
            ]
        )
    else:
        rows = [(t.channel, "ok" if t.is_ok else "failed", t.said) for t in tried]
        table(("Channel", "Result", "What came back"), rows)
    if not all(one.is_ok for one in tried):
        raise CommandError("A channel did not take the message.", ExitCode.REFUSED)


async def _test() -> list[Tried]:
    settings = Settings()
    try:
        senders = senders_of(settings)
    except NotifyError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None
    if not senders:
        raise CommandError(_NONE, ExitCode.USAGE)
    state = open_state(settings)
    async with telling("sending a test message"):
        return await asyncio.gather(*(_try(one, state) for one in senders.values()))


async def _try(sender: Sender, state: ObjectStore) -> Tried:
    try:
        said = await sender.send(_test_message())
    except NotifyError as error:
        return Tried(sender.channel, sender.shown, is_ok=False, said=str(error))
    if await state.exists(name := gone_name(sender)):
        await state.delete(name)
        said = f"{said}, and is told again from now on"
    return Tried(sender.channel, sender.shown, is_ok=True, said=f"{said}.")


def _test_message() -> Notification:
    kind = NotificationKind.TEST
    return Notification(
        id=f"msg_test_{secrets.token_hex(12)}",
        kind=kind,
        title="Galley can reach you",
        at=datetime.now(UTC),
        count=0,
        commands=commands(kind, ()),
    )


async def notifications(settings: Settings) -> tuple[Health, str]:
    """Look at the channels for `doctor`; nothing is sent."""
    if not is_configured(settings):
        return Health.OK, "off: nobody is told (docs/how-to-notifications.md)."
    try:
        senders = senders_of(settings)
    except NotifyError as error:
        return Health.FAILED, str(error)
    state = open_state(settings)
    closed = [
        one.shown for one in senders.values() if await state.exists(gone_name(one))
    ]
    if closed:
        return Health.WARNING, (
            f"{', '.join(closed)} wanted no more messages: `uv run starter.py notify "
            "test` tries it again."
        )
    told = ", ".join(f"{one.channel} to {one.shown}" for one in senders.values())
    return Health.OK, f"{told}; `uv run starter.py notify test` tries them."
