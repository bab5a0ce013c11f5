"""Every word that leaves is in the proof, in visible characters, and before the reviewer's eyes.

The test walks the types of the request to Buffer, so that a field somebody adds is held to it.
"""

import types
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import count
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.proofs import proof as shown_by_show
from galley.models.base import Model
from galley.models.channel import Board, Delivery, ShareMode
from galley.models.draft import Draft, Provenance, Variant
from galley.models.media import MediaKind, PublicAsset, StagedAsset
from galley.models.network import BlueskyExtras, LinkCard, Platform, extras_for
from galley.models.post import PostSnapshot, PostState, PostView, Proposal
from galley.models.proof import Proof
from galley.models.publishing import PostRequest
from galley.models.review import Decision, DecisionKind, RefusalReason
from galley.publishing.request import request_for
from galley.review.decisions import why_not
from galley.review.proof import proof_of, with_proof
from workflows.details import post_details

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
HIDDEN = "\u202e"
ADDRESS = "PublicAsset.url"
"""Nobody approves an address: it is made of the hash, which is in the proof."""


def strings(kind: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - an annotation
    """Yield the name of every free text in a type and in those within it."""
    origin = get_origin(kind)
    if origin is Annotated or origin in {Union, types.UnionType}:
        for one in get_args(kind)[: 1 if origin is Annotated else None]:
            yield from strings(one, name)
    elif origin in {tuple, list, set, frozenset, dict}:
        for one in get_args(kind):
            yield from strings(one, name)
    elif isinstance(kind, type) and issubclass(kind, Model):
        for field, about in kind.model_fields.items():
            yield from strings(about.annotation, f"{kind.__name__}.{field}")
    elif kind is str:
        yield name


def words_in(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and value of every free text in a value."""
    match value:
        case Model():
            for field, one in value:
                yield from words_in(one, f"{type(value).__name__}.{field}")
        case tuple():
            for one in cast("tuple[object, ...]", value):
                yield from words_in(one, name)
        case str() if not isinstance(value, Enum):
            yield name, value
        case _:
            return


class Filling:
    """Makes values in which each text is another one, with a character that nobody sees."""

    def __init__(self) -> None:
        self._number = count(1)

    def value(self, kind: Any) -> object:  # noqa: ANN401 - an annotation
        origin, inner = get_origin(kind), get_args(kind)
        if origin is Annotated or origin is Literal:
            return self.value(inner[0]) if origin is Annotated else inner[0]
        if origin in {Union, types.UnionType}:
            return self.value(next(one for one in inner if one is not type(None)))
        if origin is tuple:
            return (self.value(inner[0]),)
        if isinstance(kind, type) and issubclass(kind, Model):
            return self.model(kind)
        last = list(kind)[-1] if isinstance(kind, type) and issubclass(kind, Enum) else NOW
        plain: dict[Any, object] = {bool: True, int: 1, float: 0.5}
        plain[str] = f"w{HIDDEN}{next(self._number)}z"
        return plain.get(kind, last)

    def model(self, cls: type[Model], **given: Any) -> Any:  # noqa: ANN401 - of that type
        made: dict[str, Any] = {
            name: self.value(about.annotation)
            for name, about in cls.model_fields.items()
            if name not in given
        }
        return cls.model_construct(**{**made, **given})


def filled(platform: Platform) -> PostView:
    fill = Filling()
    draft = fill.model(Draft, slides=(), clip=None, extras=fill.model(type(extras_for(platform))))
    draft = draft.model_copy(update={"text": draft.thread[0]})
    board = Board(service_id=f"board{HIDDEN}id", name=draft.board)
    staged = tuple(fill.model(StagedAsset, kind=MediaKind.IMAGE) for _ in range(2))
    return PostView(
        workflow_id="post:k:c9",
        campaign_id="campaign:k",
        platform=platform,
        channel_id="c9",
        channel_name="main",
        state=PostState.IN_REVIEW,
        revision=2,
        draft=draft,
        staged=staged,
        boards=(board,),
        due_at=NOW,
        delivery=Delivery(),
        provenance=Provenance(drafter="test"),
    )


def request_of(view: PostView) -> tuple[Proof, PostRequest]:
    proof = proof_of(view)
    assert proof is not None
    media = tuple(
        PublicAsset(
            kind=one.kind,
            mime=one.mime,
            sha256=one.sha256,
            size=one.size,
            alt_text="not the proof's",
            url=f"https://media.example/{number}",
        )
        for number, one in enumerate(proof.assets)
    )
    return proof, request_for(proof, media, NOW)


REQUESTS = {platform: request_of(filled(platform)) for platform in Platform}


@pytest.mark.parametrize("field", sorted(set(strings(PostRequest, "")) - {ADDRESS}))
def test_each_text_of_a_request_is_in_the_proof_clean_and_shown(field: str) -> None:
    found = [
        (platform, value)
        for platform, (_, request) in REQUESTS.items()
        for name, value in words_in(request)
        if name == field and value
    ]

    assert found, f"{field}: no post of the test carries it, so nobody knows where it is from"
    for platform, value in found:
        view = filled(platform)
        proof, _ = REQUESTS[platform]
        assert value in {one for _, one in words_in(proof)}, f"{field} is not in the proof"
        assert HIDDEN not in value, f"{field} is not cleaned"
        assert value in shown_by_show(view, is_by_hand=True), f"{field} is not shown by show"
        assert value in post_details(view), f"{field} is not shown in Temporal's UI"


@pytest.mark.parametrize("platform", Platform)
def test_a_digest_changes_with_anything_that_leaves(platform: Platform) -> None:
    proof, _ = REQUESTS[platform]
    later = proof.model_copy(update={"due_at": NOW + timedelta(seconds=1)})
    others = [later, proof.model_copy(update={"delivery": Delivery(mode=ShareMode.SHARE_NOW)})]
    others += [proof.model_copy(update={"assets": proof.assets[:1]})]
    others += [proof.model_copy(update={"assets": proof.assets[::-1]})]

    assert len({proof.digest, *(one.digest for one in others)}) == len(others) + 1


@given(zone=st.timezones())
def test_one_instant_has_one_digest_however_it_is_written(zone: Any) -> None:  # noqa: ANN401 - a zone
    proof = Proof(channel_id="c", platform=Platform.X, text="a", due_at=NOW)
    same = Proof(channel_id="c", platform=Platform.X, text="a", due_at=NOW.astimezone(zone))

    assert proof.digest == same.digest


def test_the_media_of_a_request_are_those_of_its_proof() -> None:
    proof, request = REQUESTS[Platform.X]

    assert [one.alt_text for one in request.assets] == [one.alt_text for one in proof.assets]
    with pytest.raises(ValueError, match="not those of the proof"):
        request_for(proof, request.assets[::-1], NOW)


# What a late decision is told

VIEW = PostView(
    workflow_id="post:k:c",
    campaign_id="campaign:k",
    platform=Platform.BLUESKY,
    channel_id="c",
    channel_name="c",
    state=PostState.IN_REVIEW,
    revision=1,
    due_at=NOW,
)


def shown(view: PostView, **changes: Any) -> PostView:  # noqa: ANN401 - fields of the view
    """Return the post after a change, as the run keeps it."""
    after = PostSnapshot(view=view.model_copy(update=changes))
    return with_proof(after, view).view


FIRST = shown(VIEW, draft=Draft(text="hello"))


def approving(view: PostView, **more: Any) -> Decision:  # noqa: ANN401 - fields of the decision
    said = {"revision": view.revision, "digest": view.digest, "by": "kim", **more}
    return Decision.model_validate({"kind": DecisionKind.APPROVE, **said})


def test_an_approval_of_another_time_changes_nothing_and_is_told_both() -> None:
    moved = shown(shown(FIRST, due_at=NOW + timedelta(hours=1)), due_at=NOW + timedelta(hours=2))

    why = why_not(approving(FIRST), moved, None)

    assert why is not None
    assert why.reason is RefusalReason.STALE
    assert [one.field for one in why.changes] == ["time"]
    assert "the time moved from 2026-12-01 09:00:00 UTC to 2026-12-01 11:00:00 UTC" in why.message
    assert why_not(approving(moved), moved, None) is None


def test_an_approval_without_a_digest_changes_nothing() -> None:
    why = why_not(approving(FIRST, digest=""), FIRST, None)

    assert why is not None
    assert why.reason is RefusalReason.UNSEEN


def test_an_approval_of_what_an_edit_replaced_is_told_the_words() -> None:
    edited = shown(FIRST, draft=Draft(text="goodbye"), revision=2)

    why = why_not(approving(FIRST), edited, None)

    assert why is not None
    assert why.reason is RefusalReason.STALE
    assert "the text changed from hello to goodbye" in why.message


def test_a_proof_that_was_undone_is_current_again() -> None:
    there_and_back = shown(shown(FIRST, due_at=NOW + timedelta(hours=1)), due_at=NOW)

    assert why_not(approving(FIRST), there_and_back, None) is None


def test_each_variant_has_a_digest_of_its_own_and_so_has_a_proposal() -> None:
    drafts = (Draft(text="one"), Draft(text="two"))
    view = shown(VIEW, draft=drafts[0], variants=tuple(Variant(draft=one) for one in drafts))
    second = proof_of(view, 2)
    proposed = shown(
        FIRST,
        state=PostState.SCHEDULED,
        proposal=Proposal(draft=Draft(text="new", extras=_CARD)),
        revision=2,
    )
    found = proof_of(proposed)

    assert second is not None
    assert found is not None
    assert why_not(approving(view, pick=2), view, None) is not None
    assert why_not(approving(view, pick=2, digest=second.digest), view, None) is None
    assert (found.text, found.extras) == ("new", _CARD)
    assert "https://a.example" in shown_by_show(proposed)


_CARD = BlueskyExtras(link_card=LinkCard(url="https://a.example"))


def test_whoever_decides_second_is_told_who_was_first() -> None:
    first = approving(FIRST, at=NOW)
    taken = FIRST.model_copy(update={"state": PostState.SCHEDULED, "decisions": (first,)})

    why = why_not(approving(FIRST, by="lee"), taken, None)

    assert why is not None
    assert why.reason is RefusalReason.OVERTAKEN
    assert "kim decided before you (approve, 2026-12-01 09:00:00 UTC)" in why.message
