"""What a team's policy makes of a campaign when it is started."""

from pathlib import Path

import pytest

from app.campaigns.sources import GivenSource
from app.campaigns.start import CampaignRequest, campaign_input
from app.errors import InvalidOptionError, InvalidRequestError
from galley.models.brand import Persona
from galley.models.options import Approval, CampaignOptions, ReviewPolicy
from galley.models.source import SourceKind, SourceSpec
from galley.settings import Settings

SOURCE = GivenSource(SourceSpec(kind=SourceKind.TEXT, name="a.txt", upload="a" * 64))
ACME = Persona(brand="acme", voice="dry")
KEY = "A" * 43 + "="
TEAM = f"""
people: [{{name: Kim, roles: [approver], key: {KEY}}}]
policies:
  acme: {{channels: [a], expires_after: 2d}}
  robots: {{channels: [r], auto_approve: true}}
"""


def under(
    folder: Path, review: ReviewPolicy, persona: Persona | None, team: str = TEAM
) -> ReviewPolicy:
    """Return the review policy that a campaign gets."""
    file = folder / "team.yaml"
    file.write_text(team)
    settings = Settings().model_copy(update={"team": file if team else None})
    request = CampaignRequest(SOURCE, CampaignOptions(review=review), persona)
    return campaign_input(request, settings).options.review


def test_nobody_but_a_person_approves_unless_the_policy_of_the_brand_says_so(
    tmp_path: Path,
) -> None:
    auto = ReviewPolicy(approval=Approval.AUTO)
    asks = TEAM.replace("auto_approve: true", "approvals: 1")

    assert under(tmp_path, auto, ACME).approval is Approval.AUTO
    for persona, team in ((None, TEAM), (ACME, asks), (ACME, ""), (None, "")):
        with pytest.raises(InvalidOptionError, match="auto_approve"):
            under(tmp_path, auto, persona, team)


def test_with_a_team_signed_decisions_alone_count(tmp_path: Path) -> None:
    assert under(tmp_path, ReviewPolicy(), ACME).is_signed
    assert not under(tmp_path, ReviewPolicy(), ACME, "").is_signed


def test_a_broken_team_file_stops_a_start_with_a_sentence(tmp_path: Path) -> None:
    broken = TEAM.replace("expires_after: 2d", "stages: [board]")

    with pytest.raises(InvalidRequestError, match="nobody has the role board"):
        under(tmp_path, ReviewPolicy(), ACME, broken)
