"""What no history may hold, whatever went wrong."""

from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.fleet import Fleet
from tests.end_to_end.histories import History, all_histories
from tests.end_to_end.stack import SECRETS

MOST_EVENTS = 2000


@dataclass
class Scanned:
    """All histories of a run, and what was found in them that must not be."""

    runs: Counter[str] = field(default_factory=Counter[str])
    events: Counter[str] = field(default_factory=Counter[str])
    longest: dict[str, int] = field(default_factory=dict[str, int])
    findings: list[str] = field(default_factory=list[str])

    def take(self, one: History) -> None:
        """Count a history; it may not be longer than a person could read."""
        self.runs[one.kind] += 1
        self.events[one.kind] += one.events
        self.longest[one.kind] = max(self.longest.get(one.kind, 0), one.events)
        if one.events > MOST_EVENTS:
            self.findings.append(f"{one.workflow_id} has {one.events} events")


async def scan(fleet: Fleet, sources: dict[str, list[str]]) -> Scanned:
    """Read every history there is.

    Args:
        fleet: The system, with its services' addresses.
        sources: By campaign key, the sentences of its source that no draft uses.
    """
    found = Scanned()
    forbidden = [
        *(("a secret", one) for one in SECRETS),
        *(("a provider's address", one) for one in _providers(fleet)),
    ]
    async for one in all_histories(fleet.client):
        found.take(one)
        found.findings += [
            f"{one.workflow_id} holds {what}" for what, t in forbidden if t in one.text
        ]
        if any(sentence in one.text for sentence in _sentences(one, sources)):
            found.findings.append(f"{one.workflow_id} holds words of its source")
    return found


def _sentences(one: History, sources: dict[str, list[str]]) -> list[str]:
    """Return what a history could hold: its own campaign's, or anybody's."""
    kind, _, rest = one.workflow_id.partition(":")
    if kind == "buffer":
        return [sentence for some in sources.values() for sentence in some]
    return sources.get(rest.partition(":")[0], [])


def _providers(fleet: Fleet) -> list[str]:
    """Return where models and media makers answer; media of ours are no secret."""
    return [fleet.anthropic.address, "api.anthropic.com", "replicate.delivery"]
