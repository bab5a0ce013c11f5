"""The line that a decision prints: which post, what became of it, and when it goes out."""

from datetime import UTC, datetime

import pytest

from app.review.decisions import DecisionResult
from cli.commands.review import look_of
from cli.phrases import decision_line, local
from cli.proofs import proof
from galley.models.channel import Delivery, ShareMode
from galley.models.draft import Draft
from galley.models.media import MediaKind, MediaMaker, StagedAsset
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import Decision, DecisionKind
from galley.review.approvers import StillNeeded
from galley.review.proof import proof_of

TOMORROW = datetime(2126, 11, 29, 9, tzinfo=UTC)
WHEN = local(TOMORROW)
VIEW = PostView(
    workflow_id="post:k:c",
    campaign_id="campaign:k",
    platform=Platform.LINKEDIN,
    channel_id="c",
    channel_name="The Proof Room",
    state=PostState.PUBLISHING,
    revision=1,
    approved_revision=1,
    draft=Draft(text="Hello"),
)


def line(view: PostView, said: Decision | None = None) -> str:
    return decision_line(
        DecisionResult(
            workflow_id=view.workflow_id, ok=True, state=view.state, revision=1, view=view
        ),
        said,
    )


@pytest.mark.parametrize(
    ("view", "says"),
    [
        (VIEW, "goes out at once"),
        (VIEW.replace(due_at=TOMORROW), f"goes out {local(TOMORROW)}"),
        (VIEW.model_copy(update={"delivery": Delivery(mode=ShareMode.ADD_TO_QUEUE)}), "queue"),
        (VIEW.model_copy(update={"delivery": Delivery(save_to_draft=True)}), "a person schedules"),
    ],
)
def test_an_approval_says_which_channel_and_when_it_goes_out(view: PostView, says: str) -> None:
    told = line(view)

    assert told.startswith("linkedin · The Proof Room: approved (revision 1), goes out ")
    assert says in told


def test_another_decision_says_the_state_it_led_to() -> None:
    rejected, drafting = (
        line(VIEW.replace(state=one)) for one in (PostState.REJECTED, PostState.DRAFTING)
    )

    assert rejected == "linkedin · The Proof Room: rejected, revision 1"
    assert drafting == "linkedin · The Proof Room: a draft is being written, revision 1"


@pytest.mark.parametrize(
    ("kind", "state", "says"),
    [
        (DecisionKind.APPROVE, PostState.PUBLISHING, f"by kim (revision 1), goes out {WHEN}"),
        (
            DecisionKind.APPROVE,
            PostState.IN_REVIEW,
            "waits for review, revision 1 (approved by kim)",
        ),
        (DecisionKind.REJECT, PostState.REJECTED, "rejected by kim: it does not go out"),
        (DecisionKind.EDIT, PostState.IN_REVIEW, "edited by kim, and shown again as revision 1"),
        (DecisionKind.REGENERATE, PostState.DRAFTING, "a new draft is written for kim"),
    ],
)
def test_a_review_says_what_was_decided_by_whom_and_when_it_goes_out(
    kind: DecisionKind, state: PostState, says: str
) -> None:
    said = Decision(kind=kind, revision=1, by="kim")

    told = line(VIEW.replace(state=state, due_at=TOMORROW), said)

    assert says in told


def test_an_approval_that_is_not_enough_says_that_it_counts_and_whose_is_still_needed() -> None:
    reviewed = VIEW.replace(state=PostState.IN_REVIEW, due_at=TOMORROW)
    needed = StillNeeded(1, ("Lee",), is_staged=False)
    result = DecisionResult(
        workflow_id="post:k:c", ok=True, state="in_review", still_needed=needed, view=reviewed
    )

    told = decision_line(result)

    assert told == (
        "linkedin · The Proof Room: your approval counts. It needs 1 more approval from Lee."
    )
    assert result.model_dump(mode="json")["still_needed"] == {
        "count": 1,
        "able": ["Lee"],
        "is_staged": False,
    }


@pytest.mark.parametrize(
    ("thread", "shown"),
    [
        (("One. 1/2", "Two. 2/2"), ("    One. 1/2", "    Two. 2/2")),
        (("One.", "Two."), ("    [1/2] One.", "    [2/2] Two.")),
    ],
)
def test_a_thread_is_numbered_once(thread: tuple[str, str], shown: tuple[str, str]) -> None:
    lines = proof(VIEW.replace(draft=Draft(text=thread[0], thread=thread))).splitlines()

    assert [one for one in lines if "One." in one or "Two." in one] == list(shown)


def test_no_card_is_promised_where_none_was_drawn() -> None:
    drafted = VIEW.replace(draft=Draft(text="Hello", headline="A card"))
    making = drafted.replace(is_making_media=True)

    assert "Card:" not in proof(drafted)
    assert "Card: A card" in proof(making)
    assert "Card:" not in proof(making.replace(media_by=MediaMaker.SOURCE))


def test_a_post_is_shown_with_its_time_once_and_machine_lines_on_request() -> None:
    view = VIEW.replace(state=PostState.IN_REVIEW, due_at=TOMORROW, draft=Draft(text="Hello"))
    found = proof_of(view)
    assert found is not None

    told, by_hand = proof(view), proof(view, is_by_hand=True)

    assert told.count(WHEN) == 1
    assert told.endswith("To approve it: galley approve post:k:c")
    assert proof(view, name="k/linkedin").endswith("To approve it: galley approve k/linkedin")
    assert "Length: 5 of 3000 characters with each link as at least 24\n" in told
    for machine in (found.digest, "temporal workflow signal", "Channel: c"):
        assert machine not in told
        assert machine in by_hand


async def test_a_post_is_called_as_the_person_called_it_before_it_is_approved(
    capsys: pytest.CaptureFixture[str],
) -> None:
    card = StagedAsset(
        kind=MediaKind.IMAGE,
        mime="image/png",
        sha256="ab" * 32,
        size=9,
        width=8,
        height=8,
        staged_as="staging/a",
    )
    view = VIEW.replace(state=PostState.IN_REVIEW, staged=(card,))

    for name in ("k/linkedin", "k"):
        assert await look_of(name)([view])

    one, whole = capsys.readouterr().err.split("linkedin · ")[1:]
    assert "galley show k/linkedin --open" in one
    assert f"galley show {view.workflow_id} --open" in whole
