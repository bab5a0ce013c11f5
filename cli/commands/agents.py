"""The command ``agents``: tokens for agents and programs, their kill switch, and their audit."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.agents.access import list_tokens, make_token, resume_agents, revoke_token, stop_agents
from app.agents.audit import calls_of
from cli.commands.options import Json, Note
from cli.errors import CommandError, usage
from cli.input.words import TimeError, choice, parse_span
from cli.phrases import local
from cli.process import connections, reviewer, run
from cli.terminal import say, show, show_json, table
from galley.clients.team_file import TeamError, make_key
from galley.models.agents import PREFIX, Scope

agents = typer.Typer(name="agents", no_args_is_help=True)


@agents.callback()
def _agents() -> None:
    """Let agents and programs in, stop all of them, and see what they did.

    They read and propose. No token lets one approve.
    """


@agents.command()
def token(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The agent's name, as reviewers see it.")
    ],
    *,
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="SCOPE", help="read or propose; repeatable. Missing: read."),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="Its model. Missing: as the agent says.")
    ] = "",
    expires: Annotated[
        str, typer.Option(metavar="SPAN", help="For how long, such as 30d. Missing: until revoked.")
    ] = "",
    json: Json = False,
) -> None:
    """Make a bearer token for the HTTP servers; it is shown this once.

    Example: galley agents token newsroom --scope read --scope propose
    """
    opened = connections()
    scopes = [choice(Scope, one, "--scope") for one in scope or [Scope.READ.value]]
    try:
        lasts = parse_span(expires) if expires else None
    except TimeError as error:
        raise usage(f"--expires: {error}") from None
    made = make_token(
        opened, name, by=reviewer(opened.settings), scopes=scopes, model=model, lasts=lasts
    )
    bearer, kept = run(made)
    if json:
        show_json({"token": bearer, **kept.model_dump(mode="json", exclude={"sha256"})})
        return
    say(f"The token {kept.id} of {name}, for {', '.join(kept.scopes)}. It is not shown again:")
    show(bearer)


@agents.command()
def tokens(*, json: Json = False) -> None:
    """List the tokens that were not revoked.

    Example: galley agents tokens
    """
    found = run(list_tokens(connections()))
    if json:
        show_json([one.model_dump(mode="json", exclude={"sha256"}) for one in found])
        return
    columns = ("ID", "Agent", "Scopes", "Made", "By", "Expires")
    rows = [
        (
            *(one.id, one.name, ", ".join(one.scopes)),
            *(local(one.made_at), one.made_by, local(one.expires_at)),
        )
        for one in found
    ]
    table(columns, rows)


@agents.command()
def join(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The agent's name.")],
    *,
    json: Json = False,
) -> None:
    """Make an agent's own key, and print the lines for the team file.

    Where a team is set, agents sign what they propose. Their key lets nothing out.

    Example: galley agents join claude-code
    """
    file, by = connections().settings.agent_key_file, f"{PREFIX}{name}"
    try:
        key = make_key(file)
    except TeamError as error:
        raise CommandError(str(error)) from None
    if json:
        show_json({"name": by, "roles": ["agent"], "key": key, "file": str(file)})
        return
    say(f"The key is in {file}. For the team file:\n")
    show(f"  - name: {by}\n    roles: [agent]\n    key: {key}")


@agents.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="The token's ID, as `tokens` lists it.")],
) -> None:
    """Make a token useless at once.

    Example: galley agents revoke 3fb6aabbccdd
    """
    run(revoke_token(connections(), key))
    show(f"{key} is of no use any more.")


@agents.command()
def stop(*, note: Note = "") -> None:
    """Answer no call of any agent or program, on any machine, until `galley agents resume`.

    Example: galley agents stop --note "looking into it"
    """
    opened = connections()
    stop = run(stop_agents(opened, reviewer(opened.settings), note))
    show(f"All agents are stopped, by {stop.by}, since {local(stop.at)}.")
    say("What they proposed still waits for a person: galley list --needs-me")


@agents.command()
def resume() -> None:
    """Answer agents and programs again.

    Example: galley agents resume
    """
    was_stopped = run(resume_agents(connections()))
    show("Agents are answered again." if was_stopped else "Agents were not stopped.")


@agents.command()
def log(
    *,
    agent: Annotated[str, typer.Option(metavar="NAME", help="Only of this agent.")] = "",
    day: Annotated[
        str, typer.Option(metavar="DAY", help="A day (UTC), as 2026-12-01. Missing: today.")
    ] = "",
    json: Json = False,
) -> None:
    """List the calls of agents and programs: who, what and when, refused ones too.

    Example: galley agents log --agent claude-code
    """
    try:
        at = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) if day else datetime.now(UTC)
    except ValueError:
        raise usage(f"--day is a day such as 2026-12-01, not {day!r}.") from None
    found = run(calls_of(connections(), f"{at:%Y-%m-%d}", agent))
    if json:
        show_json([one.model_dump(mode="json") for one in found])
        return
    columns = ("When", "Agent", "Model", "Tool", "Of", "Outcome")
    rows = [
        (
            *(local(one.at), one.agent.by, one.agent.model, one.tool, one.target),
            f"{one.outcome}{f': {one.reason}' if one.reason else ''}",
        )
        for one in found
    ]
    table(columns, rows)
