"""The team file and the key of a person, as they lie on a disk."""

from pathlib import Path

import pytest

from galley.clients.team_file import TeamError, make_key, public_half, read_key, read_team

_BROKEN = {
    "people: [": "no YAML",
    "people: []": "people",
    "people: [{name: Kim, roles: [approver], key: short}]": "galley team join",
    "peeple: []": "peeple",
}


def test_a_key_is_for_its_owner_alone_and_its_public_half_is_in_the_team(tmp_path: Path) -> None:
    key, team = tmp_path / "folder" / "key.pem", tmp_path / "team.yaml"

    public = make_key(key)
    team.write_text(f"people:\n  - {{name: Kim, roles: [approver], key: {public}}}\n")

    assert key.stat().st_mode & 0o777 == 0o600
    assert public_half(read_key(key)) == public
    assert read_team(team).people[0].key == public
    with pytest.raises(TeamError, match="exists"):
        make_key(key)


def test_a_key_that_others_may_read_signs_nothing(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    make_key(key)
    key.chmod(0o644)

    with pytest.raises(TeamError, match="chmod 600"):
        read_key(key)
    with pytest.raises(TeamError, match="galley team join"):
        read_key(tmp_path / "lost.pem")


@pytest.mark.parametrize("text", _BROKEN)
def test_a_team_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str) -> None:
    team = tmp_path / "team.yaml"
    team.write_text(text)

    with pytest.raises(TeamError, match=_BROKEN[text]) as caught:
        read_team(team)

    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
