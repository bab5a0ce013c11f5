from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from app.campaigns.follow import Watch, Watched
from cli.errors import ExitCode
from cli.local.board import Stage, Stages, as_json, exit_code
from galley.models.campaign import PlannedPost
from galley.models.draft import Draft, Problem
from galley.models.media import MediaKind, PublicAsset
from galley.models.network import Platform
from galley.models.post import PostState, PostView

DUE = datetime(2026, 11, 25, 12, tzinfo=UTC)
ASSET = PublicAsset(
    kind=MediaKind.IMAGE,
    mime="image/png",
    sha256="ab" * 32,
    size=1,
    url="https://media.example.com/ab.png",
)


def watched(state: PostState, **seen: object) -> Watched:
    plan = PlannedPost(
        workflow_id="post:k:c", platform=Platform.X, channel_id="c", channel_name="C"
    )
    view = PostView(
        workflow_id="post:k:c",
        campaign_id="campaign:k",
        platform=Platform.X,
        channel_id="c",
        channel_name="C",
        state=state,
        revision=1,
        draft=Draft(text="Hello"),
    )
    return Watched(plan, state=state.value, view=view.model_copy(update=seen))


def watch(*posts: Watched) -> Watch:
    # Nothing is asked of the client: what was seen is given.
    found = Watch(Client.__new__(Client), "campaign:k", is_new=True)
    found.posts = {str(number): post for number, post in enumerate(posts)}
    return found


def test_the_json_object_has_the_promised_shape() -> None:
    post = watched(PostState.PUBLISHED, due_at=DUE, buffer_post_id="b1", media=(ASSET,))

    assert as_json(watch(post)) == {
        "campaign_id": "campaign:k",
        "posts": [
            {
                "platform": "x",
                "channel_id": "c",
                "workflow_id": "post:k:c",
                "state": "published",
                "text": "Hello",
                "due_at": "2026-11-25T12:00:00+00:00",
                "buffer_post_id": "b1",
                "media": [
                    {
                        "url": "https://media.example.com/ab.png",
                        "mime": "image/png",
                        "sha256": "ab" * 32,
                    }
                ],
                "error": None,
            }
        ],
    }


def test_a_draft_that_does_not_fit_says_why_in_the_json() -> None:
    problem = Problem(rule="length", message="Too long.")

    found = as_json(watch(watched(PostState.IN_REVIEW, problems=(problem,))))

    assert found["posts"][0]["error"] == "Too long."


P, R, S = PostState, ExitCode, watched


@pytest.mark.parametrize(
    ("states", "wants_all", "code"),
    [
        ([P.PUBLISHED, P.PUBLISHED], True, R.DONE),
        ([P.PUBLISHED, P.REJECTED], False, R.DONE),
        ([P.PUBLISHED, P.IN_REVIEW], False, R.DONE),
        ([P.PUBLISHED, P.IN_REVIEW], True, R.FAILED),
        ([P.REJECTED, P.IN_REVIEW], False, R.DONE),
        ([P.REJECTED], True, R.FAILED),
        ([P.PUBLISHED, P.FAILED], True, R.FAILED),
        ([P.PUBLISHED, P.HELD], False, R.FAILED),
        ([P.FAILED, P.FAILED], False, R.FAILED),
        ([P.PUBLISHED, P.SCHEDULED], True, R.FAILED),
        ([P.PUBLISHED, P.HANDED_TO_PERSON, P.SENT], True, R.DONE),
        ([P.PUBLISHED, P.RETRACTED], True, R.DONE),
        ([P.RETRACTED], True, R.FAILED),
        ([P.PUBLISHED, P.ERROR], False, R.FAILED),
        ([P.PUBLISHED, P.LATE], False, R.FAILED),
        ([], True, R.FAILED),
        ([], False, R.FAILED),
    ],
)
def test_the_exit_code_is_0_only_if_every_approved_post_was_confirmed(
    states: list[PostState], *, wants_all: bool, code: ExitCode
) -> None:
    assert exit_code(watch(*map(S, states)), wants_all=wants_all) is code


def test_posts_without_any_draft_are_a_failure_though_nobody_approved_them() -> None:
    failed, written = watched(PostState.IN_REVIEW, draft=None), watched(PostState.IN_REVIEW)

    assert exit_code(watch(failed, failed), wants_all=False) is ExitCode.FAILED
    assert exit_code(watch(failed, written), wants_all=False) is ExitCode.DONE


@pytest.mark.parametrize(
    ("state", "is_published"),
    [
        *((PostState.IN_REVIEW, False), (PostState.REJECTED, False), (PostState.ERROR, False)),
        *((PostState.PUBLISHED, True), (PostState.SENT, True)),
    ],
)
def test_a_demo_that_published_nothing_does_not_say_how_long_that_took(
    state: PostState,
    is_published: bool,  # noqa: FBT001 -- a case
) -> None:
    stages, seen = Stages(), watch(watched(state))
    stages.look(seen)

    stages.end(seen)

    assert (Stage.PUBLISHED in stages.reached) is is_published


def test_a_post_of_the_demo_is_called_as_its_campaign_lists_it() -> None:
    post = watched(PostState.IN_REVIEW)

    assert watch(post).handle_of(post) == "k/x"
