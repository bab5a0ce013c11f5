"""Which signed decisions count: every way that was tried to decide in another's name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from galley.clients.team_file import public_half
from galley.models.channel import Delivery, ShareMode
from galley.models.draft import Provenance
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.proof import Proof
from galley.models.review import (
    ApprovedProof,
    ChangeKind,
    ChangeRequest,
    Decision,
    DecisionKind,
    Refusal,
    RefusalReason,
)
from galley.models.team import Person, Policy, Team
from galley.publishing.request import approval_of
from galley.review.signatures import missing, signature_of, why_not_counted, why_not_released

POST = "post:k:c"
NOW = datetime(2099, 12, 1, 9, tzinfo=UTC)
KEYS = {name: Ed25519PrivateKey.generate() for name in ("kim", "lee", "ann", "eve")}
ROLES = {"kim": ("writer", "editor"), "lee": ("legal",), "ann": ("approver",)}
PEOPLE = tuple(
    Person(name=name, roles=roles, key=public_half(KEYS[name])) for name, roles in ROLES.items()
)
STAGED = Policy(
    channels=("acme-x",), approvals=2, stages=("editor", "legal"), no_self_approval=True
)
ROBOTS = Policy(channels=("robots-x",), auto_approve=True)
TEAM = Team(people=PEOPLE, policies={"acme": STAGED, "robots": ROBOTS})
PROOF = Proof(channel_id="c", platform=Platform.X, text="hello", due_at=NOW)
VIEW = PostView(
    workflow_id=POST,
    campaign_id="campaign:k",
    platform=Platform.X,
    channel_id="c",
    channel_name="c",
    state=PostState.IN_REVIEW,
    revision=1,
    digest=PROOF.digest,
)


def said(by: str = "ann", proof: Proof = PROOF, **more: Any) -> Decision:  # noqa: ANN401 - fields
    fields = {"kind": "approve", "revision": 1, "digest": proof.digest, "by": by, "at": NOW, **more}
    return Decision.model_validate(fields)


def signed(decision: Decision, by: str = "", post: str = POST) -> Decision:
    signature = signature_of(KEYS[by or decision.by], post, decision)
    return decision.model_copy(update={"signature": signature})


HONEST = signed(said())
LATER = ChangeRequest(kind=ChangeKind.RESCHEDULE, by="ann", due_at=NOW + timedelta(days=1), at=NOW)
STALE = Proof(channel_id="c", platform=Platform.X, text="bye", due_at=NOW)

ATTACKS: dict[str, tuple[Decision, RefusalReason]] = {
    "unsigned": (said(), RefusalReason.UNSIGNED),
    "plaintext by hand": (said(at=None), RefusalReason.UNSIGNED),
    "a forged by": (signed(said(by="ann"), by="eve"), RefusalReason.FORGED),
    "another's signature": (
        said(by="lee").model_copy(update={"signature": HONEST.signature}),
        RefusalReason.FORGED,
    ),
    "no signature at all": (said(signature="AAAA"), RefusalReason.FORGED),
    "for another post": (signed(said(), post="post:k:d"), RefusalReason.FORGED),
    "of another digest": (HONEST.model_copy(update={"digest": STALE.digest}), RefusalReason.FORGED),
    "of another revision with equal text": (
        HONEST.model_copy(update={"revision": 2}),
        RefusalReason.FORGED,
    ),
    "of another kind": (
        HONEST.model_copy(update={"kind": DecisionKind.REJECT}),
        RefusalReason.FORGED,
    ),
    "a person without the role": (signed(said(by="kim")), RefusalReason.NO_RIGHT),
    "a person who was removed": (signed(said(by="eve")), RefusalReason.STRANGER),
}


def test_an_approval_by_a_person_who_may_counts() -> None:
    assert why_not_counted(TEAM, VIEW, HONEST, (), NOW) is None


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_changes_nothing_and_says_why(attack: str) -> None:
    decision, reason = ATTACKS[attack]

    why = why_not_counted(TEAM, VIEW, decision, (), NOW)

    assert why is not None
    assert why.reason is reason
    assert why.message.endswith(".")


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_lets_nothing_out_even_if_the_post_has_taken_it(attack: str) -> None:
    decision, _ = ATTACKS[attack]

    assert why_not_released(TEAM, POST, PROOF, approval_of(PROOF, (decision,))) is not None


def test_a_signature_that_is_replayed_counts_no_second_time() -> None:
    heard = VIEW.model_copy(update={"decisions": (HONEST,)})

    why = why_not_counted(TEAM, heard, HONEST, (), NOW)

    assert why is not None
    assert why.reason is RefusalReason.STALE


@pytest.mark.parametrize("minutes", [-1, 10])
def test_a_clock_that_is_off_is_told_at_once(minutes: int) -> None:
    before = said(by="lee", proof=STALE, at=NOW).model_copy(update={"signature": "AAAA"})
    heard = VIEW.model_copy(update={"decisions": (before,)})
    off = signed(said(at=NOW + timedelta(minutes=minutes)))

    why = why_not_counted(TEAM, heard, off, (), NOW)

    assert why is not None
    assert why.reason is RefusalReason.CLOCK
    assert "set the clock" in why.message


def test_what_goes_out_is_what_was_signed() -> None:
    approval = approval_of(PROOF, (HONEST,))
    other = PROOF.model_copy(update={"text": "Buy now!"})

    assert why_not_released(TEAM, POST, PROOF, approval) is None
    assert why_not_released(TEAM, "post:k:d", PROOF, approval) is not None
    assert why_not_released(TEAM, POST, other, approval) is not None
    assert why_not_released(TEAM, POST, PROOF, None) is not None
    assert why_not_released(TEAM, POST, PROOF, ApprovedProof(digest=PROOF.digest)) is not None
    assert why_not_released(TEAM, POST, PROOF, approval_of(PROOF, is_auto=True)) is not None


def test_a_roster_that_somebody_swapped_is_not_the_workers_own() -> None:
    eve = Person(name="eve", roles=("approver",), key=public_half(KEYS["eve"]))
    swapped = Team(people=(eve,))
    by_eve = signed(said(by="eve"))

    assert why_not_counted(swapped, VIEW, by_eve, (), NOW) is None
    assert why_not_released(TEAM, POST, PROOF, approval_of(PROOF, (by_eve,))) is not None


def test_only_a_channel_whose_policy_says_so_needs_nobody() -> None:
    robots = PROOF.model_copy(update={"channel_id": "robots-x"})
    passed_off = PROOF.model_copy(update={"brand": "robots"})

    assert why_not_released(TEAM, POST, robots, approval_of(robots, is_auto=True)) is None
    assert why_not_released(TEAM, POST, passed_off, approval_of(passed_off, is_auto=True))


def test_another_time_is_signed_by_whoever_names_it() -> None:
    approval = approval_of(PROOF, (HONEST,))
    later = PROOF.model_copy(update={"due_at": LATER.due_at})
    by_ann = LATER.model_copy(update={"signature": signature_of(KEYS["ann"], POST, LATER)})
    by_eve = LATER.model_copy(update={"signature": signature_of(KEYS["eve"], POST, LATER)})
    at_once = later.model_copy(update={"delivery": Delivery(mode=ShareMode.SHARE_NOW)})

    def why(proof: Proof, moved: ChangeRequest | None) -> object:
        moved_approval = approval.model_copy(update={"moved": moved, "due_at": proof.due_at})
        return why_not_released(TEAM, POST, proof, moved_approval)

    assert why(later, by_ann) is None
    assert why(later, by_eve) is not None
    assert why(later, None) is not None
    assert why(at_once, by_ann) is not None


def test_one_person_names_no_earlier_time_than_several_approved() -> None:
    acme = PROOF.model_copy(update={"channel_id": "acme-x"})
    approval = approval_of(acme, (signed(said("kim", acme)), signed(said("lee", acme))))
    on_its_way = VIEW.model_copy(
        update={"channel_id": "acme-x", "state": PostState.SCHEDULED, "due_at": NOW}
    )

    def why(by_days: int) -> tuple[Refusal | None, Refusal | None]:
        due_at = NOW + timedelta(days=by_days)
        asked = ChangeRequest(kind=ChangeKind.RESCHEDULE, by="kim", due_at=due_at, at=NOW)
        asked = asked.model_copy(update={"signature": signature_of(KEYS["kim"], POST, asked)})
        moved = approval.model_copy(update={"moved": asked, "due_at": due_at})
        proof = acme.model_copy(update={"due_at": due_at})
        gate = why_not_released(TEAM, POST, proof, moved)
        return gate, why_not_counted(TEAM, on_its_way, asked, (), NOW)

    assert why(1) == (None, None)
    assert all(one and one.reason is RefusalReason.NO_RIGHT for one in why(-1))


def test_a_signed_retract_is_no_other_time() -> None:
    retract = ChangeRequest(kind=ChangeKind.RETRACT, by="ann", at=NOW)
    taken_back = retract.model_copy(update={"signature": signature_of(KEYS["ann"], POST, retract)})
    soon = PROOF.model_copy(update={"due_at": None})
    approval = approval_of(PROOF, (HONEST,)).model_copy(update={"moved": taken_back})

    assert why_not_released(TEAM, POST, soon, approval) is not None


@pytest.mark.parametrize("signature", ["", "made up"])
def test_a_message_that_nobody_verified_makes_no_signed_one_old(signature: str) -> None:
    at = NOW + timedelta(days=9999)
    forged = ChangeRequest(kind=ChangeKind.MOVE, by="ann", at=at, signature=signature)

    heard = VIEW.model_copy(update={"changes": (forged,)})

    assert why_not_counted(TEAM, heard, HONEST, (), NOW) is None


def test_stages_follow_each_other_and_nobody_approves_their_own_words() -> None:
    acme = PROOF.model_copy(update={"channel_id": "acme-x"})
    view = VIEW.model_copy(update={"channel_id": "acme-x", "digest": acme.digest})
    editor, legal = signed(said("kim", acme)), signed(said("lee", acme))
    passed = view.model_copy(update={"approvals": (editor,)})
    mine = acme.model_copy(update={"provenance": Provenance(drafter="person:kim")})

    def why(at: PostView, decision: Decision, author: str = "") -> RefusalReason | None:
        refusal = why_not_counted(TEAM, at, decision, (author,), NOW)
        return refusal and refusal.reason

    assert why(view, legal) is RefusalReason.NO_RIGHT
    assert why(view, editor, "kim") is RefusalReason.SELF_APPROVAL
    assert why(view, editor) is None
    assert missing(TEAM, "acme-x", (editor,)) == "1 of 2 approvals; waiting for stage legal"
    assert why(passed, editor) is RefusalReason.OVERTAKEN
    assert why(passed, legal) is None
    assert missing(TEAM, "acme-x", (editor, legal)) == ""
    assert why_not_released(TEAM, POST, acme, approval_of(acme, (editor, legal))) is None
    assert why_not_released(TEAM, POST, acme, approval_of(acme, (editor,))) is not None
    assert why_not_released(TEAM, POST, acme, approval_of(acme, (editor, editor))) is not None
    own = (signed(said("kim", mine)), signed(said("lee", mine)))
    assert why_not_released(TEAM, POST, mine, approval_of(mine, own)) is not None


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ({"approvals": 4}, "too few people"),
        ({"stages": ["board"]}, "nobody has the role board"),
        ({"escalate_after": "4h", "escalate_to": "max"}, "not in the team"),
        ({"escalate_after": "4h"}, "needs both"),
        ({"channels": ()}, "acme has no channels"),
        ({"channels": ("c", "c")}, "two brands have the channel c"),
    ],
)
def test_a_policy_under_which_a_post_would_wait_for_ever_is_refused(
    policy: dict[str, object], why: str
) -> None:
    people = [one.model_dump() for one in PEOPLE]
    acme = {"channels": ("c",), **policy}

    with pytest.raises(ValidationError, match=why):
        Team.model_validate({"people": people, "policies": {"acme": acme}})
