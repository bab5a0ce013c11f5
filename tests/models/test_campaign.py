"""A campaign's input holds together, or it is refused."""

import pytest
from pydantic import ValidationError

from galley.models import (
    BlueskyExtras,
    CampaignInput,
    Extras,
    SourceKind,
    SourceSpec,
    XExtras,
)

SPEC = SourceSpec(kind=SourceKind.MARKDOWN, name="a.md", upload="ab")


def campaign(*extras: Extras) -> CampaignInput:
    return CampaignInput(key="k", source=SPEC, extras=extras)


def test_a_network_has_extras_once() -> None:
    assert len(campaign(XExtras(), BlueskyExtras()).extras) == 2
    with pytest.raises(ValidationError, match="extras for x more than once"):
        campaign(XExtras(), XExtras(is_ai_generated=True))


def test_extras_keep_their_network_on_the_way() -> None:
    sent = campaign(BlueskyExtras(), XExtras(is_ai_generated=True))

    assert CampaignInput.model_validate_json(sent.model_dump_json()) == sent
