from datetime import UTC, datetime

import pytest

from agents.troubles import trouble_of
from app.advice import Action, Advice
from app.errors import NoWorkerError
from app.posts.directory import PostRow
from app.records.inquiry import Account, Findings, Kept, advice
from app.review.decisions import DecisionRequest, refused_beforehand
from cli.errors import command_of, explained
from galley.models.account import Claim, Evidence, Pause, PauseScope, Receipt, ReceiptKind
from galley.models.draft import Draft, Problem
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.publishing import BufferPost
from galley.models.review import DecisionKind
from tests import pages

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
ID = "post:aa11:c1"
VIEW = PostView(
    workflow_id=ID,
    campaign_id="campaign:aa11",
    platform=Platform.X,
    channel_id="c1",
    channel_name="C",
    state=PostState.ERROR,
    revision=1,
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


def found(
    state: str,
    *,
    view: PostView | None = VIEW,
    kept: Kept = Kept(),  # noqa: B008 - immutable
    account: Account = Account(),  # noqa: B008 - immutable
    hindrance: str = "",
) -> Findings:
    row = PostRow(workflow_id=ID, platform="x", state=state, started_at=AT)
    return Findings(row, view, hindrance, kept, account, (), ())


def commands(findings: Findings) -> list[str]:
    return [command for one in advice(findings) if (command := command_of(one))]


@pytest.mark.parametrize("state", PostState)
def test_in_every_state_there_is_something_to_do(state: PostState) -> None:
    assert all(one.why for one in advice(found(state)))
    assert advice(found(state))


@pytest.mark.parametrize("state", [*PostState, "terminated"])
def test_every_command_that_is_advised_exists_with_its_options(state: str) -> None:
    known = pages.sub_commands()
    for command in commands(found(state)):
        words = command.removeprefix("galley ").split()
        options = {word for word in words if word.startswith("--")}
        assert options <= pages.options_of(known[words[0]]), command


@pytest.mark.parametrize("action", Action)
def test_the_command_line_has_a_command_for_every_action(action: Action) -> None:
    words = command_of(Advice(action=action, name=ID)).split()

    assert words == ["galley-worker"] or words[0] == "galley"
    assert words[1:] == [] or words[1] in pages.sub_commands()


def test_an_error_is_never_answered_by_a_blind_second_start() -> None:
    assert commands(found(PostState.ERROR))[0] == f"galley redrive {ID}"
    assert not any("start SOURCE" in one for one in commands(found(PostState.ERROR)))


def test_of_a_terminated_run_with_a_receipt_the_post_in_buffer_is_named() -> None:
    told = advice(found("terminated", kept=Kept(CLAIM, (RECEIPT,))))

    assert "Buffer has it as post b1" in told[0].why


def test_of_a_terminated_run_that_was_retracted_nothing_in_buffer_is_named() -> None:
    gone = RECEIPT.model_copy(update={"kind": ReceiptKind.RETRACTED})

    told = advice(found("terminated", kept=Kept(CLAIM, (RECEIPT, gone))))

    assert "Buffer has it" not in told[0].why


def test_of_a_terminated_run_with_a_bare_claim_a_person_must_look() -> None:
    told = advice(found("terminated", kept=Kept(CLAIM)))

    assert "may or may not be" in told[0].why


def test_without_a_worker_the_first_thing_is_to_start_one() -> None:
    assert commands(found(PostState.SCHEDULED, view=None))[0] == "galley-worker"


def test_where_no_worker_answers_a_person_is_told_to_start_one_and_an_agent_to_tell_a_person() -> (
    None
):
    told = NoWorkerError()
    words, agents = str(explained(told)), trouble_of(told)

    assert words.endswith("Next: galley-worker")
    assert agents
    assert (agents.kind, "galley-worker" in f"{agents.message} {agents.next}") == ("service", False)
    assert agents.next.startswith("Try again")


def test_a_pause_is_ended_by_the_options_it_was_made_with() -> None:
    pause = Pause(by="kim", scope=PauseScope(platform=Platform.X, campaign_key="aa11"))
    account = Account(workflow_ids=("buffer:o",), pauses=(pause,))

    told = commands(found(PostState.PUBLISHING, account=account))

    assert told[0] == "galley resume --platform x --campaign aa11"


def test_a_post_that_has_ended_is_not_held_up_by_anything() -> None:
    told = commands(found(PostState.PUBLISHED, view=None, hindrance="Buffer is away"))

    assert told == []


@pytest.mark.parametrize(
    ("name", "edition"),
    [("post:3fb6aabbccdd:c-9", 2), ("post:3fb6aabbccdd-2:c1", 3), ("campaign:3fb6aabbccdd-11", 12)],
)
def test_the_next_edition_is_advised_and_not_the_one_that_there_is(name: str, edition: int) -> None:
    advised = command_of(Advice(action=Action.START_AGAIN, name=name))

    assert advised == f"galley start SOURCE --edition {edition}"


@pytest.mark.parametrize("kind", ["length", "claim"])
def test_nobody_is_advised_to_approve_what_would_be_refused(kind: str) -> None:
    view = VIEW.replace(
        state=PostState.IN_REVIEW,
        draft=Draft(text="Hello"),
        problems=(Problem(rule=kind, message="It does not fit.", is_claim=kind == "claim"),),
    )

    offered = commands(found(PostState.IN_REVIEW, view=view))
    seen = {view.workflow_id: view}
    refused = refused_beforehand(
        seen, DecisionRequest(DecisionKind.APPROVE), "kim", is_unseen=False
    )

    assert (f"galley approve {ID}" in offered) is (kind == "claim")
    assert [one.ok for one in refused] == ([] if kind == "claim" else [False])
    assert f"galley regenerate {ID}" in " ".join(offered)


def test_a_post_that_is_drafted_anew_is_refused_before_anybody_is_asked() -> None:
    view = VIEW.replace(state=PostState.DRAFTING, draft=Draft(text="Hello"))
    seen = {view.workflow_id: view}

    (refused,) = refused_beforehand(
        seen, DecisionRequest(DecisionKind.APPROVE), "kim", is_unseen=False
    )

    assert refused.error
    assert "wait for it" in refused.error
