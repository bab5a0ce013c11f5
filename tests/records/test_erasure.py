"""What goes with a campaign, and what stays for others, in any mixture of hashes."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from galley.models.account import Evidence, Receipt, ReceiptKind
from galley.models.draft import Provenance
from galley.models.notification import Notification, NotificationKind, NotifiedItem
from galley.models.publishing import BufferPost
from galley.models.records import Erasure, RecordedEvent, RunRecord
from galley.records.erasure import (
    PUBLIC,
    ROOMS,
    Named,
    Target,
    reason_to_stay,
    tombstone,
    untold,
    wordless,
)

NOW = datetime(2026, 5, 2, tzinfo=UTC)
SECRET = "Ada's words"
HASHES = st.frozensets(st.sampled_from(["a" * 64, "b" * 64, "c" * 64]))
ONE = st.sampled_from([f"{c * 64}" for c in "abcd"])


@given(HASHES, HASHES, HASHES, ONE, st.sampled_from([*ROOMS, PUBLIC]))
def test_what_another_names_or_nobody_of_mine_never_goes(
    mine: frozenset[str], others: frozenset[str], unsure: frozenset[str], one: str, room: str
) -> None:
    name = f"{room}{one}.jpg"

    why = reason_to_stay(name, Named(mine, others, unsure=unsure))

    assert (why is not None) == (one in mine)
    is_fetched = one in unsure and room in {"staging/", PUBLIC}
    assert (why == "") == (one in mine and one not in others and not is_fetched)


def test_claims_receipts_and_personas_are_in_no_room_that_is_emptied() -> None:
    assert not {"claims/", "receipts/", "personas/", "costs/", "audit/"} & {*ROOMS}


def test_a_campaign_has_its_posts_pieces_and_clips_and_no_other_edition() -> None:
    campaign, post = Target("ab12"), Target("ab12", "x1")

    mine = ("campaign:ab12", "post:ab12:x1", "piece:ab12-article", "clips:ab12")
    assert all(map(campaign.has, mine))
    others = ("campaign:ab12-2", "post:ab12-2:x1", "piece:ab12-2-article", "voice:ab12")
    assert not any(map(campaign.has, others))
    assert post.has("post:ab12:x1")
    assert not any(map(post.has, ("campaign:ab12", "post:ab12:x11", "post:ab12:y")))


def test_a_receipt_without_words_proves_the_same() -> None:
    sent = BufferPost(
        id="b1",
        channel_id="x1",
        status="sent",
        text=SECRET,
        external_link=f"https://x.com/{SECRET}",
        error=SECRET,
    )
    receipt = Receipt(
        key="ab12:x1",
        owner="post:ab12:x1",
        kind=ReceiptKind.CREATED,
        post=sent,
        evidence=Evidence.REPLY,
        digest="d",
        provenance=Provenance(drafter=f"person:{SECRET}"),
        recorded_at=NOW,
    )

    bare = wordless(receipt)

    assert SECRET not in bare.model_dump_json()
    proof = ("key", "owner", "kind", "evidence", "revision", "digest", "recorded_at")
    assert all(getattr(bare, name) == getattr(receipt, name) for name in proof)
    assert bare.post is not None
    assert (bare.post.id, bare.post.status) == ("b1", "sent")
    assert wordless(bare) == bare


def test_a_tombstone_says_who_erased_which_run_and_nothing_of_it() -> None:
    event = RecordedEvent(at=NOW, kind="heard", name="approve", given=SECRET)
    record = RunRecord(
        workflow_id="post:ab12:x1",
        run_id="r",
        workflow="PostWorkflow",
        status="completed",
        started_at=NOW,
        events=(event,),
    )

    stone = tombstone(record, Erasure(at=NOW, by="kim"))

    assert SECRET not in stone.model_dump_json()
    assert stone.erased is not None
    assert (stone.run_id, stone.erased.by) == ("r", "kim")


def test_a_message_about_others_too_keeps_their_words() -> None:
    items = tuple(
        NotifiedItem(workflow_id=one, title=one, text=f"{one} {SECRET}", why="x")
        for one in ("post:ab12:x1", "post:cd:x1")
    )
    message = Notification(
        id="m", kind=NotificationKind.REVIEW_WAITING, title=SECRET, at=NOW, count=2, items=items
    )

    told = untold(message, Target("ab12"))

    assert told.items[1] == items[1]
    assert SECRET not in told.title + told.items[0].model_dump_json()
    assert untold(message, Target("ef")) == message
