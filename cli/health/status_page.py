"""Look at everything once, and print what is broken and what needs a person."""

from dataclasses import asdict
from typing import Any

from temporalio.client import Client
from temporalio.service import RPCError

from app.connections import open_client
from app.errors import ServiceError
from app.notifications import undelivered_lines
from cli.health.status_lines import Level, Line, lines_of, needing
from cli.terminal.failures import CommandError, ExitCode
from cli.terminal.output import show, show_json, table
from cli.terminal.process import run
from cli.terminal.proofs import clean
from cli.terminal.telling import telling
from galley.settings import Settings
from observability.looking import look
from observability.seen import Health

_MARKS = {
    Level.FAILED: "broken",
    Level.WARNING: "look",
    Level.NEEDS_YOU: "needs you",
    Level.OK: "ok",
}


def look_and_print(*, json: bool) -> None:
    """Carry out ``status``.

    Raises:
        CommandError: Something is broken, or Temporal does not answer.
    """
    settings = Settings()
    try:
        health, untold = run(_look(settings))
    except ServiceError as error:
        _print([_unreachable(error)], None, json=json)
        said = "Nothing else can be seen without it."
        raise CommandError(said, ExitCode.REFUSED) from None
    lines = [*lines_of(health), *untold]
    _print(lines, health, json=json)
    if any(line.level is Level.FAILED for line in lines):
        raise CommandError("Something is broken: see above what to run next.")


async def _look(settings: Settings) -> tuple[Health, list[Line]]:
    async with telling("asking Temporal, the workers and the state bucket"):
        client = await open_client()
        health = await look(client, settings)
        return health, await _untold(client)


async def _untold(client: Client) -> list[Line]:
    """Return a line for each message that did not arrive.

    Whoever cannot be asked has a line of its own already.
    """
    try:
        said = await undelivered_lines(client)
    except RPCError:
        return []
    command = "uv run starter.py notify test"
    return [Line("notifications", Level.WARNING, one, command) for one in said]


def _unreachable(error: ServiceError) -> Line:
    return Line("temporal", Level.FAILED, str(error), "uv run starter.py doctor")


def _print(lines: list[Line], health: Health | None, *, json: bool) -> None:
    if json:
        show_json(_as_json(lines, health))
        return
    show(_headline(lines, health))
    show()
    cells = [
        (line.part, _MARKS[line.level], clean(line.said), line.run_next)
        for line in lines
    ]
    table(("Part", "Health", "Seen", "Run next"), cells)


def _as_json(lines: list[Line], health: Health | None) -> dict[str, Any]:
    return {
        "is_healthy": not any(line.level is Level.FAILED for line in lines),
        "needs_you": None if health is None else needing(health),
        "lines": [{**asdict(line), "level": line.level.value} for line in lines],
        "seen": None if health is None else health.model_dump(mode="json"),
    }


def _headline(lines: list[Line], health: Health | None) -> str:
    broken = sum(line.level is Level.FAILED for line in lines)
    how_many = "1 thing is" if broken == 1 else f"{broken} things are"
    well = f"Not healthy: {how_many} broken." if broken else "Healthy."
    posts = None if health is None else needing(health)
    if posts is None:
        return f"{well} What needs you cannot be seen."
    if not posts:
        return f"{well} No post needs you."
    return f"{well} {posts} {'post needs' if posts == 1 else 'posts need'} you."
