"""A look at the team: who is in its file, and whether a worker has let posts out by it."""

from activities.publishing.team import is_signed
from app.connections import Connections
from app.health.findings import Level, Seen
from galley.clients.storage import StoreError
from galley.clients.team_file import TeamError, team_of
from galley.models.team import Team

_OFF = "off: decisions are not signed (docs/approval.md, who may decide)."
_ELSEWHERE = (
    "Posts of this state bucket need signatures, and these settings name no team file: set "
    "GALLEY_TEAM, here and for the workers."
)
_NO_WORKER_YET = (
    "No worker has let a post out by a team yet, and one without GALLEY_TEAM would ask for no "
    "signature: set it for all workers, and start them again."
)


async def examine_team(connections: Connections) -> Seen:
    """Read the team file of these settings, and the mark that workers with a team leave.

    Which file a worker reads is known to that worker alone.
    """
    try:
        team = team_of(connections.settings)
    except TeamError as error:
        return Seen(Level.FAILED, str(error))
    try:
        is_marked = await is_signed(connections.state)
    except (StoreError, TimeoutError):
        is_marked = None  # What is wrong with the state bucket is a finding of its own.
    if team is None:
        return Seen(Level.WARNING, _ELSEWHERE) if is_marked else Seen(Level.OK, _OFF)
    held = _words(team)
    return (
        Seen(Level.WARNING, f"{held} {_NO_WORKER_YET}")
        if is_marked is False
        else Seen(Level.OK, held)
    )


def _words(team: Team) -> str:
    """Return what a team file holds: its people, and how many approvals each policy wants."""
    names = ", ".join(one.name for one in team.people)
    wanted = {brand: policy.needed for brand, policy in team.policies.items()}
    wanted.setdefault("default", 1)
    counts = ", ".join(f"{brand} {count}" for brand, count in wanted.items())
    return f"{names}; approvals that a post needs: {counts}. Roster {team.version}."
