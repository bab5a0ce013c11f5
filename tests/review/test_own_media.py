"""Which media an edit by number means, and which edit of media cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.draft import Draft, DraftEdit
from galley.models.media import MediaEdit, MediaKind, MediaMaker, Replacement, StagedAsset
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import Decision, DecisionKind
from galley.review.decisions import own_media, why_not


def picture(digit: str, kind: MediaKind = MediaKind.IMAGE) -> StagedAsset:
    return StagedAsset(
        kind=kind,
        mime="image/jpeg",
        sha256=digit * 64,
        size=1,
        width=1,
        height=1,
        alt_text=f"picture {digit}",
        staged_as=f"staging/{digit * 64}.jpg",
    )


A, B, C = map(picture, "abc")
VIEW = PostView(
    workflow_id="post:k:c",
    campaign_id="campaign:k",
    platform=Platform.X,
    channel_id="c",
    channel_name="c",
    state=PostState.IN_REVIEW,
    revision=1,
    draft=Draft(text="one", alt_text="a person's words"),
    staged=(A, B),
    media_by=MediaMaker.SOURCE,
)


def refusal(edit: MediaEdit, view: PostView) -> str:
    said = Decision(kind=DecisionKind.EDIT, revision=1, by="kim", edit=DraftEdit(media=edit))
    why = why_not(said, view, None)
    return why.message if why else ""


def test_what_goes_is_counted_before_anything_changes_and_what_comes_is_last() -> None:
    edit = MediaEdit(removed=(1,), replaced=(Replacement(number=2, asset=C),), added=(A,))

    assert edit.apply((A, B)) == (C, A)
    assert MediaEdit(is_new=True, added=(C,)).apply((A, B)) == (C,)


@given(st.sets(st.integers(1, 5)), st.integers(0, 5))
def test_what_is_not_named_stays_in_its_order(removed: set[int], count: int) -> None:
    present = tuple(map(picture, "abcde"[:count]))

    left = MediaEdit(removed=tuple(removed)).apply(present)

    assert left == tuple(one for at, one in enumerate(present, 1) if at not in removed)


def test_the_files_of_a_person_are_changed_as_they_were_given_with_the_alt_text_of_now() -> None:
    draft = Draft(text="one", alt_text="a person's words", attached=(C,))
    view = VIEW.model_copy(update={"draft": draft, "staged": (A,), "media_by": MediaMaker.ATTACHED})

    assert own_media(view) == (C.model_copy(update={"alt_text": "a person's words"}),)
    assert [one.alt_text for one in own_media(VIEW)] == ["a person's words", "picture b"]


@pytest.mark.parametrize(
    ("edit", "view", "why"),
    [
        (MediaEdit(removed=(3,)), VIEW, "It has 2 pictures or films"),
        (MediaEdit(replaced=(Replacement(number=9, asset=C),)), VIEW, "It has 2 pictures"),
        (
            MediaEdit(removed=(1,)),
            VIEW.model_copy(update={"media_by": MediaMaker.CARD}),
            "a card that Galley drew",
        ),
        (MediaEdit(added=(A,) * 39), VIEW, "40 files at most"),
        (MediaEdit(added=(picture("d", MediaKind.SOUND),)), VIEW, "Only pictures and films"),
        (MediaEdit(is_new=True), VIEW, ""),
        (MediaEdit(removed=(2,), added=(C,)), VIEW, ""),
    ],
)
def test_an_edit_of_media_that_are_not_there_or_cannot_go_out_is_refused(
    edit: MediaEdit, view: PostView, why: str
) -> None:
    assert why in refusal(edit, view)
    assert bool(refusal(edit, view)) is bool(why)
