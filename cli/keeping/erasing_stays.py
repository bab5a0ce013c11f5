"""What an erasure leaves, and why, in words for a person."""

from collections import defaultdict
from dataclasses import dataclass

from temporalio.client import Client

from cli.keeping.erasing_objects import Judged
from cli.keeping.erasing_runs import Known
from galley.audit.erasing import Target
from galley.clients.storage import ObjectStore
from galley.clients.temporal import describe_namespace
from galley.costs.spending import campaign_folder, post_folder
from galley.models import Receipt
from galley.models.feed import Ledger

_AGAIN = "it was put or touched again in this moment: somebody needs it"
_ELSEWHERE = (
    "packs that `export` made, copies and former versions of the buckets, logs of "
    "receivers of notifications"
)


@dataclass(frozen=True)
class Stays:
    """Something that is left."""

    what: str
    why: str


async def stays_of(
    client: Client,
    state: ObjectStore,
    known: Known,
    kept: list[Judged],
    silent: list[str],
) -> list[Stays]:
    """Return what is left of a campaign or post once it is erased."""
    target = known.target
    left = await _proofs(state, target)
    folder = post_folder if target.channel else campaign_folder
    costs = await state.names(folder(target.post_key if target.channel else target.key))
    if costs:
        why = "amounts, models and times; no words"
        left.append(Stays(f"objects of costs/ ({len(costs)})", why))
    reasons = defaultdict[str, list[str]](list)
    for one in kept:
        reasons[one.why or _AGAIN].append(one.stored.name)
    left += [Stays(", ".join(names), why) for why, names in sorted(reasons.items())]
    left += [Stays(name, _of_feed()) for name in await _ledgers(state, target)]
    left += [
        Stays(one, "no worker answers for it: start one, and erase again")
        for one in silent
    ]
    if known.runs:
        left.append(await _in_temporal(client, known))
    left.append(Stays("the persona", "it is the brand's, not the campaign's"))
    left.append(Stays(_ELSEWHERE, "Galley does not reach them"))
    return left


async def _proofs(state: ObjectStore, target: Target) -> list[Stays]:
    left = list[Stays]()
    names = [
        name
        for name in await state.names(f"claims/{target.post_key}")
        if target.has_post(name.removeprefix("claims/").removesuffix(".json"))
    ]
    receipts = [
        Receipt.model_validate_json(await state.get(name) or b"")
        for name in await state.names(f"receipts/{target.post_key}")
    ]
    mine = [one for one in receipts if target.has_post(one.key)]
    if names or mine:
        what = f"claims ({len(names)}) and receipts ({len(mine)})"
        left.append(
            Stays(
                what,
                "without them the same source could be posted twice; IDs, times and "
                "the SHA-256 of what was sent, no words",
            )
        )
    posts = sorted({one.post.id for one in mine})
    if posts:
        left.append(
            Stays(
                f"what Buffer and the networks have of {', '.join(posts)}",
                "delete it there",
            )
        )
    return left


async def _ledgers(state: ObjectStore, target: Target) -> list[str]:
    if target.channel:
        return []
    found = list[str]()
    for name in await state.names("feeds/"):
        ledger = Ledger.model_validate_json(await state.get(name) or b"{}")
        if any(one.campaign_id == target.workflow_id for one in ledger.entries):
            found.append(name)
    return found


def _of_feed() -> str:
    return (
        "title and address of the feed's item, by which it is not started again; "
        "`feeds remove --forget` deletes it"
    )


async def _in_temporal(client: Client, known: Known) -> Stays:
    told = await describe_namespace(client)
    days = told.config.workflow_execution_retention_ttl.ToTimedelta().days
    return Stays(
        f"histories in Temporal ({len(known.runs)}), and what AccountWorkflow was told",
        f"Temporal forgets them by itself, {days} days after they ended; `temporal "
        "workflow delete --workflow-id ID` does it at once",
    )
