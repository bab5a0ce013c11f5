"""What doctor says of a team: who is in the file, and whether workers ask for signatures."""

from pathlib import Path

import pytest

from app.connections import Connections, open_client
from app.health.findings import Level
from app.health.team import examine_team
from galley.models.team import Policy, Team
from galley.settings import Settings
from tests.memory_store import MemoryStore
from tests.review.test_signatures import PEOPLE

TEAM = Team(
    people=PEOPLE, policies={"acme": Policy(channels=("acme-x",), stages=("editor", "legal"))}
)


async def connections(team: Path | None, *, is_marked: bool) -> Connections:
    opened = Connections(Settings.model_construct(team=team), open_client)
    opened.__dict__["state"] = store = MemoryStore()
    if is_marked:
        await store.put_if_absent("team.json", b"{}", "application/json")
    return opened


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    file = tmp_path / "team.yaml"
    file.write_text(TEAM.model_dump_json())
    return file


async def test_a_team_is_told_by_its_people_and_what_its_policies_want(file: Path) -> None:
    seen = await examine_team(await connections(file, is_marked=True))

    assert seen.level is Level.OK
    assert seen.message == (
        f"kim, lee, ann; approvals that a post needs: acme 2, default 1. Roster {TEAM.version}."
    )


@pytest.mark.parametrize(
    ("has_team", "is_marked", "level"),
    [(True, False, Level.WARNING), (False, True, Level.WARNING), (False, False, Level.OK)],
)
async def test_workers_that_may_have_another_team_than_these_settings_are_warned_of(
    file: Path, level: Level, *, has_team: bool, is_marked: bool
) -> None:
    seen = await examine_team(await connections(file if has_team else None, is_marked=is_marked))

    assert seen.level is level
    assert ("GALLEY_TEAM" in seen.message) is (level is Level.WARNING)


async def test_a_team_file_that_cannot_be_used_is_a_fault(tmp_path: Path) -> None:
    seen = await examine_team(await connections(tmp_path / "none.yaml", is_marked=True))

    assert seen.level is Level.FAILED
