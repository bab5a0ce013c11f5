"""What a person decides on: a draft as its network shows it, with its digest, counts and facts."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from app.records.facts import FactPassage
from app.text_check import TextReport, check_text
from galley.models.draft import Draft, Problem
from galley.models.post import PostState, PostView
from galley.models.proof import Proof, ProofChange
from galley.networks.registry import rules_for
from galley.networks.rules import NetworkRules
from galley.review.proof import particulars, proof_of
from web.previews import Preview, preview_of
from web.text import difference


@dataclass(frozen=True)
class Offer:
    """One draft that can be decided on.

    Attributes:
        pick: Its number among variants; 0: it is the only one.
        draft: As an edit would change it.
        proof: All that would leave.
        preview: As the network shows it.
        reports: The length of each text as the network counts.
        problems: Rules that it breaks, and claims.
        facts: Each with its passage, in the order of the marks in the preview.
        leaves: Name and value of all else that would leave.
    """

    pick: int
    draft: Draft
    proof: Proof
    preview: Preview
    reports: tuple[TextReport, ...]
    problems: tuple[Problem, ...]
    facts: tuple[FactPassage, ...]
    leaves: tuple[tuple[str, str], ...]

    @property
    def claims(self) -> tuple[Problem, ...]:
        """Facts that stand nowhere: a person judges them."""
        return tuple(one for one in self.problems if one.is_claim)

    @property
    def misfits(self) -> tuple[Problem, ...]:
        """Problems for which the network would refuse it."""
        return tuple(one for one in self.problems if not one.is_claim)

    @property
    def hashes(self) -> tuple[tuple[str, str], ...]:
        """Name and value of what proves it, for those who compare it with a message or a record."""
        assets = enumerate(self.proof.assets, 1)
        named = ((f"SHA-256 of asset {number}", one.sha256) for number, one in assets)
        return (("Digest", self.proof.digest), *named)

    @property
    def rules(self) -> NetworkRules:
        """Those of its network."""
        return rules_for(self.proof.platform)

    @property
    def first_comment(self) -> str:
        """The first comment, where the network has one."""
        return str(getattr(self.draft.extras, "first_comment", ""))


def offers_of(view: PostView, passages: Iterable[FactPassage] = (), media: str = "") -> list[Offer]:
    """Return the variants of a post in review, or the one draft that it has.

    ``media`` is where the browser gets its media; missing: below the page of the post.
    """
    is_choice = view.state is PostState.IN_REVIEW and bool(view.variants)
    numbers = range(1, len(view.variants) + 1) if is_choice else (0,)
    media = media or f"/posts/{quote(view.workflow_id, safe='')}/media"
    found = [_offer(view, number, tuple(passages), media) for number in numbers]
    return [one for one in found if one is not None]


def _offer(
    view: PostView, number: int, passages: tuple[FactPassage, ...], address: str
) -> Offer | None:
    shown = view.proposal or view
    draft, problems = shown.draft, shown.problems
    if number:
        draft, problems = view.variants[number - 1].draft, view.variants[number - 1].problems
    proof = proof_of(view, number or None)
    if proof is None or draft is None:
        return None
    digests = [one.sha256 for one in proof.assets]
    preview = preview_of(view, lambda n: f"{address}/{digests[n - 1]}", number or None)
    if preview is None:
        return None
    facts = () if view.proposal else tuple(one for one in passages if one.variant == number)
    return Offer(
        pick=number,
        draft=draft,
        proof=proof,
        preview=preview,
        reports=tuple(check_text(view.platform, one) for one in proof.thread or (proof.text,)),
        problems=problems,
        facts=facts,
        leaves=tuple(particulars(proof, draft.board, with_hashes=False)),
    )


_TIME = "time"
_UNTOLD = ("provenance.", "assets.", "channel_id", "platform")
"""Fields whose change a person reads elsewhere on the page."""


@dataclass(frozen=True)
class Difference:
    """A field that is another one than in the proof before."""

    field: str
    before: str
    after: str

    @property
    def shown(self) -> Markup:
        """Both values as one text."""
        return difference(self.before, self.after)


def differences(view: PostView) -> tuple[int, list[Difference]]:
    """Return the revision before, and what is different since; none for a first draft.

    Within one revision a person changes its time; the rest comes with the media that are made.
    """
    if not view.past_proofs:
        return 0, []
    past, now = view.past_proofs[-1], proof_of(view)
    if past.revision == view.revision:
        earlier = [one for one in view.past_proofs if one.revision < view.revision][-1:]
        changed = [one for before in earlier for one in before.changes if _is_told(one.field)]
        changed += [one for one in past.changes if one.field == _TIME]
        return (earlier or [past])[0].revision, [_short(one) for one in changed]
    if past.proof is None or now is None:
        return past.revision, [_short(one) for one in past.changes if _is_told(one.field)]
    # The whole text, not the short form of each post of a thread.
    changes = (one for one in past.proof.differences(now) if _is_told(one.field))
    told = [_short(one) for one in changes if one.field.partition(".")[0] not in {"text", "thread"}]
    before, after = ("\n\n".join(one.thread or (one.text,)) for one in (past.proof, now))
    if before != after:
        told.insert(0, Difference("Text", before, after))
    return past.revision, told


def _short(one: ProofChange) -> Difference:
    name = one.field.removeprefix("extras.").replace("_", " ").replace(".", " ").capitalize()
    return Difference(name, one.before, one.after)


def _is_told(field: str) -> bool:
    return not field.startswith(_UNTOLD)
