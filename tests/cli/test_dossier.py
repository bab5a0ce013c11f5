from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.posts.directory import PostRow
from app.posts.states import PHASES, UNKNOWN_PHASE
from app.records.history import Happening
from app.records.inquiry import Account, Findings, Kept
from cli.commands.why import as_json, dossier
from galley.models.account import Claim, Evidence, Receipt, ReceiptKind
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.publishing import BufferPost, RateWindow
from galley.publishing.job.record import ASKING, JobPhase

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
ID = "post:aa11:c1"
ROW = PostRow(workflow_id=ID, platform="x", state="error", started_at=AT)
VIEW = PostView(
    workflow_id=ID,
    campaign_id="campaign:aa11",
    platform=Platform.X,
    channel_id="c1",
    channel_name="Acme\x1b[2J",
    state=PostState.ERROR,
    revision=1,
    error="The page is asleep.",
)
CLAIM = Claim(key="aa11:c1", owner=f"{ID}/run", digest="d", claimed_at=AT)
RECEIPT = Receipt(
    key="aa11:c1",
    owner=f"{ID}/run",
    kind=ReceiptKind.CREATED,
    post=BufferPost(id="b1", channel_id="c1", status="scheduled"),
    evidence=Evidence.REPLY,
    recorded_at=AT,
)
ACCOUNT = Account(
    workflow_ids=("buffer:o",),
    is_answering=True,
    phase="settled",
    waiting_for="the next post or change",
    windows=(RateWindow(seconds=900, limit=100, remaining=97, resets_in=9),),
)
HAPPENINGS = (Happening(at=AT, what="started"), Happening(at=AT, what="approved"))
CALLS = (Happening(at=AT + timedelta(seconds=1), what="createPost: unknown"),)


def findings(
    view: PostView | None = VIEW,
    kept: Kept = Kept(CLAIM, (RECEIPT,)),  # noqa: B008 - immutable
    account: Account = ACCOUNT,
) -> Findings:
    return Findings(ROW, view, "", kept, account, HAPPENINGS, CALLS)


def test_all_that_is_known_stands_on_one_page_in_order() -> None:
    told = dossier(findings())

    marks = [
        *(
            "The page is asleep.",
            "Claim on the key:",
            "by this post",
            "b1",
            PHASES[JobPhase.SETTLED][1:],
        ),
        *("97 of 100 calls left in 15 min", "started", "approved"),
        *("createPost: unknown", "What you can do", f"redrive {ID}"),
    ]
    places = [told.index(mark) for mark in marks]
    assert places == sorted(places)
    assert "galley redrive aa11/x\n" in dossier(findings(), "aa11/x")
    assert "\x1b" not in told


def test_what_the_calls_to_buffer_wait_for_is_told_while_there_is_any_to_make() -> None:
    asking = replace(
        ACCOUNT, phase="outstanding", waiting_for="09:00:00 UTC, to look at Buffer again"
    )

    assert "to look at Buffer again" in dossier(findings(account=asking))
    changing = replace(ACCOUNT, is_changing=True, waiting_for="09:00:00 UTC, next try")
    assert "next try" in dossier(findings(account=changing))
    for idle in ("", *(phase for phase in JobPhase if phase not in ASKING)):
        assert "the next post" not in dossier(findings(account=replace(ACCOUNT, phase=idle)))


def test_of_a_post_that_the_account_has_forgotten_nobody_says_that_buffer_was_not_called() -> None:
    forgotten = dossier(findings(account=replace(ACCOUNT, phase="")))

    assert f"Calls to Buffer: {UNKNOWN_PHASE[0].lower()}{UNKNOWN_PHASE[1:]} (by" in forgotten


def test_another_runs_claim_without_a_receipt_is_told_as_what_it_is() -> None:
    other = CLAIM.model_copy(update={"owner": "post:other/run"})

    told = dossier(findings(kept=Kept(other)))

    assert "another run, post:other/run" in told
    assert "not proven" in told


def test_what_does_not_answer_leaves_a_gap_and_no_error() -> None:
    gap = Kept(error="galley-state does not answer.")

    told = dossier(findings(view=None, kept=gap, account=Account()))

    assert "No worker answers" in told
    assert "State bucket: galley-state does not answer." in told
    assert "does not answer" in told.partition("Calls to Buffer")[2]
    assert "galley-worker" in told


def test_the_object_has_the_same_as_the_page() -> None:
    told = as_json(findings())

    assert [one["what"] for one in told["happenings"]] == [
        *("started", "approved", "createPost: unknown")
    ]
    assert told["claim"]["owner"] == f"{ID}/run"
    assert [one["post"]["id"] for one in told["receipts"]] == ["b1"]
    assert told["account"]["phase"] == "settled"
    assert told["advice"][1]["command"] == f"galley redrive {ID}"
    assert told["state"] == "error"
