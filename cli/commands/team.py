"""The command ``team``: who may decide, and the key that proves it is you."""

from typing import Annotated

import typer

from cli.commands.options import Json
from cli.errors import CommandError, usage
from cli.process import connections, reviewer
from cli.terminal import show, show_json, table
from galley.clients.team_file import TeamError, make_key, public_half, read_key, read_team
from galley.models.team import Team
from galley.review.signatures import role_words

team = typer.Typer(name="team", no_args_is_help=True)


@team.callback()
def _team() -> None:
    """Say who may decide, and make the key that proves it is you.

    The people, their rights and the policies stand in the file that GALLEY_TEAM names.
    """


def _opened() -> Team:
    file = connections().settings.team
    if file is None:
        raise usage("Name a team file in GALLEY_TEAM: without one anybody may decide.")
    try:
        return read_team(file)
    except TeamError as error:
        raise CommandError(str(error)) from None


@team.command()
def check(*, json: Json = False) -> None:
    """Say whether the team file can be used, and whether you can sign.

    Example: galley team check
    """
    found, settings = _opened(), connections().settings
    name = reviewer(settings)
    person = found.person(name)
    try:
        key = public_half(read_key(settings.reviewer_key_file))
    except TeamError as error:
        raise CommandError(str(error)) from None
    if person is None:
        raise CommandError(f"{name} is not in the team: set GALLEY_REVIEWER to your name in it.")
    if person.key != key:
        raise CommandError(f"{settings.reviewer_key_file} is not the key of {name} in the team.")
    if json:
        show_json({"roster": found.version, "people": len(found.people), "you": name})
    else:
        show(f"Roster {found.version}: {len(found.people)} people. You decide as {name}.")


@team.command()
def join(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Your name, as decisions show it.")],
    *,
    json: Json = False,
) -> None:
    """Make your key, and print the lines for the team file.

    The key stays in GALLEY_REVIEWER_KEY_FILE, which only you may read.

    Example: galley team join Kim
    """
    file = connections().settings.reviewer_key_file
    try:
        key = make_key(file)
    except TeamError as error:
        raise CommandError(str(error)) from None
    if json:
        show_json({"name": name, "roles": ["approver"], "key": key, "file": str(file)})
        return
    show(f"Your key is in {file}: keep it, and give it to nobody. For the team file:\n")
    show(f"  - name: {name}\n    roles: [approver]\n    key: {key}")


@team.command("show")
def show_team(*, json: Json = False) -> None:
    """Show the people, their rights, and the policy of each brand.

    Example: galley team show
    """
    found = _opened()
    if json:
        show_json({"roster": found.version, **found.model_dump(mode="json")})
        return
    table(("Person", "May"), [(one.name, role_words(one)) for one in found.people])
    rows: list[tuple[str, str]] = []
    for brand, policy in found.policies.items():
        told = {
            f"{policy.needed} approvals": True,
            f"stages {', '.join(policy.stages)}": bool(policy.stages),
            "no self-approval": policy.no_self_approval,
            f"escalates to {policy.escalate_to} after {policy.escalate_after}": bool(
                policy.escalate_to
            ),
            f"expires after {policy.expires_after}": policy.expires_after is not None,
            "may be approved automatically": policy.auto_approve,
            f"channels {', '.join(policy.channels)}": bool(policy.channels),
        }
        rows.append((brand, "; ".join(words for words, is_so in told.items() if is_so)))
    table(("Brand", "Policy"), rows)
    show(f"Roster {found.version}")
