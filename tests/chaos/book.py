"""The judge: what was approved against what Buffer has, knowing nothing of Galley.

It is told what people said and what the runs ended with, and reads Buffer's ledger. It
shares no code and no model with the product, and nothing it looks at decides what the
product does.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

PUBLISHED = "published"
NOT_OUT = frozenset({"rejected", "expired", "retracted"})
"""Endings after which Buffer must not have the post."""
MAY_BE_THERE = frozenset({"failed"})
"""Endings that say what is wrong with the one post Buffer has, or had."""


class Fault(StrEnum):
    """What can be wrong, each of which must never happen."""

    DUPLICATE = "duplicate"
    """Buffer has it more than once."""
    LOST = "lost"
    """It was approved, and its run says published, but Buffer has it not."""
    STUCK = "stuck"
    """It was approved, and neither ended nor asks a person."""
    STRAY = "stray"
    """Buffer has what nobody approved, or what was taken back."""
    MISTAKEN = "mistaken"
    """The run names another post, or other words, than those in Buffer."""
    UNPUBLISHED = "unpublished"
    """The run says published, Buffer says otherwise."""


@dataclass(frozen=True)
class Entry:
    """One post in Buffer's ledger; a deleted one is no post any more."""

    id: str
    channel: str
    text: str
    status: str
    is_deleted: bool = False


@dataclass(frozen=True)
class Said:
    """One post as people and its run tell of it.

    ``shown`` is every text a person was shown; ``approved`` those that were approved.
    """

    name: str
    channel: str
    shown: frozenset[str]
    approved: frozenset[str]
    ending: str | None = None
    question: str = ""
    claims: str | None = None
    """Buffer's id of the post, as the run tells it."""
    stands: str = ""
    """The words that are published, as the run tells it."""


@dataclass(frozen=True)
class Finding:
    """One fault, with the post it is about."""

    fault: Fault
    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.fault}: {self.name} {self.detail}".rstrip()


@dataclass
class Verdict:
    """What the comparison found, and what it counted."""

    findings: list[Finding] = field(default_factory=list[Finding])
    endings: Counter[str] = field(default_factory=Counter[str])

    def count(self, *faults: Fault) -> int:
        """Return how many findings are of these kinds."""
        return sum(one.fault in faults for one in self.findings)

    def accuse(self, fault: Fault, name: str, detail: str = "") -> None:
        """Add a finding."""
        self.findings.append(Finding(fault, name, detail))


def compare(said: list[Said], ledger: list[Entry]) -> Verdict:
    """Compare what was said with what Buffer has.

    Every text must belong to one post of its channel alone: the sources of a run are
    written so.
    """
    verdict = Verdict()
    owners = {(one.channel, text): one for one in said for text in one.shown}
    found: dict[str, list[Entry]] = {one.name: [] for one in said}
    for entry in ledger:
        if entry.is_deleted:
            continue
        owner = owners.get((entry.channel, entry.text))
        if owner is None:
            verdict.accuse(Fault.STRAY, entry.id, "is nobody's")
            continue
        found[owner.name].append(entry)
        if entry.text not in owner.approved:
            verdict.accuse(Fault.STRAY, owner.name, f"{entry.id} was not approved")
    for one in said:
        _judge(one, found[one.name], verdict)
    return verdict


def _judge(one: Said, there: list[Entry], verdict: Verdict) -> None:
    verdict.endings[one.ending or ("asks a person" if one.question else "open")] += 1
    if sum(entry.status != "error" for entry in there) > 1:
        ids = ", ".join(entry.id for entry in there)
        verdict.accuse(Fault.DUPLICATE, one.name, ids)
    if one.ending is None:
        if not one.question:
            verdict.accuse(Fault.STUCK, one.name)
    elif one.ending == PUBLISHED:
        _judge_published(one, there, verdict)
    elif one.ending in NOT_OUT:
        if there:
            verdict.accuse(Fault.STRAY, one.name, f"{there[0].id} though {one.ending}")
    elif one.ending not in MAY_BE_THERE:
        verdict.accuse(Fault.STUCK, one.name, f"ended as {one.ending}")


def _judge_published(one: Said, there: list[Entry], verdict: Verdict) -> None:
    if not there:
        verdict.accuse(Fault.LOST, one.name)
        return
    if one.claims not in {entry.id for entry in there}:
        verdict.accuse(Fault.MISTAKEN, one.name, f"claims {one.claims}")
    if one.stands and one.stands not in {entry.text for entry in there}:
        verdict.accuse(Fault.MISTAKEN, one.name, "tells other words")
    if all(entry.status != "sent" for entry in there):
        verdict.accuse(Fault.UNPUBLISHED, one.name, f"is {there[0].status}")
