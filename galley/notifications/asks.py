"""Asks: what a message holds so that a person can decide by it, and the links with which they do.

The activity that delivers a message makes them of a post as it is then; the review pages make
them anew for a message in Slack that somebody answered.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from galley.models.draft import Fact, FactKind, Problem
from galley.models.media import MediaKind
from galley.models.post import PostState, PostView
from galley.models.proof import ProofAsset
from galley.models.review import Decision, DecisionKind
from galley.models.team import Team
from galley.networks.registry import rules_for
from galley.review.changes import ON_ITS_WAY
from galley.review.links import (
    LASTS,
    LASTS_UNVERIFIED,
    DecisionLink,
    DecisionLinks,
    PictureLink,
    page_of_post,
)
from galley.review.proof import particulars, proof_of
from galley.review.signatures import why_no_right


@dataclass(frozen=True)
class Picture:
    """One picture, film or document of an ask."""

    asset: ProofAsset
    address: str = field(default="", repr=False)
    """Shows it without a sign-in, if the pages are reached by https."""
    data: bytes = field(default=b"", repr=False)
    """Itself, where a letter holds it."""

    @property
    def cid(self) -> str:
        """Its name inside a letter."""
        return f"{self.asset.sha256[:32]}@galley"


@dataclass(frozen=True)
class Ask:
    """One post that waits for a decision, as a message shows it.

    Attributes:
        post: Its workflow ID.
        revision: Of the draft.
        digest: Of the proof.
        name: Network and channel.
        due: When it goes out, in words.
        until: When the links end.
        texts: Each text that leaves; empty if messages may hold no words.
        claims: Each fact that stands nowhere, as a sentence; empty as ``texts``.
        misfits: Rules that it breaks: it cannot be approved.
        found: How many facts were found, and where.
        leaves: Name and value of all else that leaves.
        pictures: Those that leave.
        waits: For whom, where the policy wants more than one approval.
        approved: Who has approved it so far.
        variants: How many drafts there are to choose from; 0: one.
        is_whole: Whether texts and pictures are all that a person must see to approve it.
        page: Its review page, which asks who one is.
        links: Addresses that decide once in a person's name, by recipient.
        token: The value of Slack's buttons; empty: there are none.
    """

    post: str
    revision: int
    digest: str
    name: str
    due: str
    until: datetime
    texts: tuple[str, ...]
    claims: tuple[str, ...]
    misfits: tuple[str, ...]
    found: str
    leaves: tuple[tuple[str, str], ...]
    pictures: tuple[Picture, ...]
    waits: str
    approved: tuple[str, ...]
    variants: int
    is_whole: bool
    page: str = ""
    links: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    token: str = field(default="", repr=False)


SLACK = "slack"
"""The recipient of a link in Slack, without a team: whoever reads the channel."""


@dataclass(frozen=True)
class AskMaker:
    """Makes asks as the settings allow.

    Attributes:
        address: Of the review pages; empty: there are none.
        links: Signs links; ``None``: a message has the address of the page alone.
        team: Who may decide; ``None``: anybody, unverified.
        tells_texts: Whether messages hold the words of drafts.
        has_buttons: Whether Slack tells us who pressed a button.
    """

    address: str
    links: DecisionLinks | None = field(repr=False)
    team: Team | None
    tells_texts: bool
    has_buttons: bool

    def ask(self, view: PostView, at: datetime, recipients: Iterable[str] = ()) -> Ask | None:
        """Return what a message asks about a post; ``None``: nothing is to be decided.

        Args:
            view: The post.
            at: The time of the message; the same message has the same links.
            recipients: Addresses of mail, or ``SLACK``.
        """
        proof = proof_of(view)
        shown = view.proposal if view.proposal and view.state in ON_ITS_WAY else view
        # A held post is none: a person must look at its channel first.
        if proof is None or shown.draft is None or not is_asked(view):
            return None
        problems, facts = shown.problems, () if view.proposal else view.facts
        until = at + (LASTS if self.team else LASTS_UNVERIFIED)
        until = min(until, view.review_expires_at or until)
        says = self.tells_texts
        # Of an approved post they are those of its review, which is over.
        variants = len(view.variants) if view.state is PostState.IN_REVIEW else 0
        pictures = tuple(self._picture(view, one, until) for one in proof.assets)
        texts = tuple(filter(None, (proof.title, *(proof.thread or (proof.text,)))))
        is_shown = all(one.asset.kind is MediaKind.IMAGE and one.address for one in pictures)
        return Ask(
            post=view.workflow_id,
            revision=view.revision,
            digest=proof.digest,
            name=f"{rules_for(view.platform).name} · {view.channel_name}",
            due=proof.when,
            until=until,
            texts=texts if says else (),
            claims=tuple(one.message for one in problems if one.is_claim) if says else (),
            misfits=tuple(one.message for one in problems if not one.is_claim) if says else (),
            found=_found(facts, problems),
            leaves=tuple(particulars(proof, shown.draft.board, with_hashes=False)) if says else (),
            pictures=pictures if says else (),
            waits=view.waiting_for if view.approvals else "",
            approved=tuple(one.by for one in view.approvals),
            variants=variants,
            is_whole=says and is_shown and not variants and not _misfits(problems),
            page=page_of_post(self.address, view.workflow_id),
            links=self._links(view, proof.digest, until, recipients),
            token=self._token(view, proof.digest, "", until) if self.has_buttons else "",
        )

    def _links(
        self, view: PostView, digest: str, until: datetime, recipients: Iterable[str]
    ) -> dict[str, str]:
        people = {one: self.person(view, one) for one in recipients}
        tokens = {
            one: self._token(view, digest, person, until)
            for one, person in people.items()
            if person
        }
        return {one: f"{self.address}/decide/{token}" for one, token in tokens.items() if token}

    def person(self, view: PostView, recipient: str) -> str:
        """Return who decides by a link that this recipient gets; empty: it gets none."""
        if self.team is None:
            return recipient[:120]
        # A channel of Slack is nobody of the team; an address of mail is one person's.
        email = recipient.casefold()
        found = (one for one in self.team.people if email and one.email.casefold() == email)
        person = next(found, None)
        if person is None:
            return ""
        said = Decision(kind=DecisionKind.APPROVE, revision=0, digest="", by=person.name)
        why = why_no_right(self.team, said, view.channel_id, view.platform)
        return "" if why else person.name

    def _token(self, view: PostView, digest: str, by: str, until: datetime) -> str:
        if self.links is None or not self.address:
            return ""
        link = DecisionLink(
            post=view.workflow_id, revision=view.revision, digest=digest, by=by, until=until
        )
        return self.links.make(link)

    def _picture(self, view: PostView, asset: ProofAsset, until: datetime) -> Picture:
        # Slack fetches it from outside, by https alone.
        if self.links is None or not self.address.startswith("https:"):
            return Picture(asset)
        link = PictureLink(post=view.workflow_id, sha256=asset.sha256, until=until)
        return Picture(asset, f"{self.address}/picture/{self.links.make(link)}")


def is_asked(view: PostView) -> bool:
    """Whether a person is asked to decide on a draft, or on a proposed edit of an approved one."""
    return view.state is PostState.IN_REVIEW or (
        view.state in ON_ITS_WAY and view.proposal is not None
    )


def _misfits(problems: Iterable[Problem]) -> bool:
    return any(not one.is_claim for one in problems)


def _found(facts: Iterable[Fact], problems: Iterable[Problem]) -> str:
    """Return how many facts were found, and how many claims a person must check."""
    # A page's title, tags and date are a stranger's words, too; whole sentences are no facts.
    whole = FactKind.STATEMENT
    found = [one.origin for one in facts if one.origin and not one.is_claim and one.kind != whole]
    own = sum(origin.is_trusted for origin in found)
    counts = {
        "found in the source": len(found) - own,
        "found in the author's words": own,
        "to check": sum(one.is_claim for one in problems),
    }
    told = ", ".join(f"{count} {where}" for where, count in counts.items() if count)
    return f"Facts: {told}" if told else ""
