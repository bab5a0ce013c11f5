"""What a test asks of a campaign, each option by the last part of its name."""

from collections.abc import Iterable
from typing import TypeVar

from galley.models.base import Model
from galley.models.brand import PersonaRef
from galley.models.network import Extras, NetworkExtras
from galley.models.options import (
    Approval,
    CampaignOptions,
    MediaOptions,
    PostingOptions,
    ReviewPolicy,
)
from galley.models.schedule import Timing
from galley.models.team import Policy, Team
from tests.review.test_signatures import PEOPLE

_GROUPS: dict[str, type[Model]] = {
    "media": MediaOptions,
    "posting": PostingOptions,
    "timing": Timing,
    "review": ReviewPolicy,
}
_M = TypeVar("_M", bound=Model)


def asked(**said: object) -> CampaignOptions:
    """Return the options of a campaign: ``asked(brief="Short", every=HOUR)``."""
    whole: dict[str, object] = {}
    groups: dict[str, dict[str, object]] = {}
    for name, value in said.items():
        group = next((g for g, of in _GROUPS.items() if name in of.model_fields), None)
        (groups.setdefault(group, {}) if group else whole)[name] = value
    made = {name: _GROUPS[name](**given) for name, given in groups.items()}
    return CampaignOptions.model_validate({**whole, **made})


def automatic(**more: object) -> dict[str, object]:
    """Return what a campaign says that is approved by a policy: it has a persona and a team."""
    persona = PersonaRef(brand="acme", sha256="0" * 64)
    return {"approval": Approval.AUTO, "is_signed": True, "persona": persona, **more}


AUTOMATIC = Team(people=PEOPLE, policies={"default": Policy(auto_approve=True)})
"""A team that lets the posts of every channel out by itself."""


def asking(model: _M, **said: object) -> _M:
    """Return a model that carries these options."""
    return model.model_copy(update={"options": asked(**said)})


def split(said: dict[str, object], known: Iterable[str]) -> dict[str, object]:
    """Return the fields a model knows, and all others together as its options."""
    own = {name: said[name] for name in said if name in known}
    others = {name: said[name] for name in said if name not in own}
    return {**own, "options": asked(**others)} if others else own


def extras(*carried: Extras) -> NetworkExtras:
    """Return what the posts of some networks carry."""
    return NetworkExtras.model_validate({one.platform.value: one for one in carried})
