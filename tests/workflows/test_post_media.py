"""Who makes the media of a post, and what takes their place."""

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.interfaces import FilmingActivities, FittingActivities, SourcePictureActivities
from galley.clients.storage import ObjectStore
from galley.models.draft import Draft, Fact, FactKind
from galley.models.media import CardKind, MadeMedia, MediaKind, MediaMaker, Origin, StagedAsset
from galley.models.media_orders import FetchPictures, FitMedia, RenderMedia, RenderReply
from galley.models.network import FacebookExtras, LinkCard, Platform
from galley.models.post import PostState
from galley.models.review import Decision, DecisionKind
from tests.asking import automatic
from tests.bounded_worker import BoundedWorker
from tests.workflows.harness import Harness, decide, decision, open_harness, record, until
from tests.workflows.test_signed_posts import signed
from tests.workflows.world import channel
from workflows import ids
from workflows.post import media
from workflows.post.workflow import PostWorkflow

PICTURE = StagedAsset(
    kind=MediaKind.IMAGE,
    mime="image/jpeg",
    sha256="a" * 64,
    size=1,
    width=1,
    height=1,
    alt_text="a ferry at dawn",
    staged_as=f"staging/{'a' * 64}.jpg",
)


@pytest.mark.server
async def test_without_media_a_card_is_drawn_only_where_the_network_requires_one(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("needs-it")) as harness:
        harness.studio.media_on.add("needs-it")
        post = await harness.start_post(maker=MediaMaker.NONE)
        view = await post.query("view")

        assert view["media_by"] == "card"
        assert len(view["staged"]) == 1
        assert "no post without media" in view["media_notes"][0]


@pytest.mark.server
async def test_a_network_proposed_to_be_left_out_gets_no_media_until_a_person_wants_the_post(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("odd")) as harness:
        harness.studio.media_on.add("odd")
        harness.studio.skips_on.add("odd")
        post = await harness.start_with_campaign(**automatic())

        proposed = await post.query(PostWorkflow.view)
        with pytest.raises(WorkflowUpdateFailedError):
            await decide(post, decision(DecisionKind.APPROVE))
        drawn_before = harness.studio.rendered
        await decide(
            post, await signed(post, "kim", DecisionKind.REGENERATE, note="One all the same.")
        )
        written = await until(lambda: post.query(PostWorkflow.view), lambda view: view.revision > 1)

        assert [problem.rule for problem in proposed.problems] == ["skip"]
        assert (proposed.state, proposed.staged, drawn_before) == (PostState.IN_REVIEW, (), 0)
        assert written.draft is not None
        assert written.draft.text


class Library(SourcePictureActivities, FittingActivities, FilmingActivities):
    """Pictures of a source, films, and what fits of them, in memory."""

    def __init__(self) -> None:
        self.pictures: tuple[StagedAsset, ...] = (PICTURE,)
        self.is_broken = False
        self.fitted = 0
        self.filmed: tuple[StagedAsset, ...] = ()

    @activity.defn
    async def film_short(self, task: RenderMedia) -> RenderReply:
        self.filmed = task.photos
        return RenderReply(assets=(PICTURE,))

    @activity.defn
    async def fetch_pictures(self, task: FetchPictures) -> MadeMedia:
        assert task.source.title == "A title"
        if self.is_broken:
            raise ApplicationError("No page answers.", non_retryable=True)
        notes = () if self.pictures else ("The source has no pictures.",)
        return MadeMedia(assets=self.pictures, notes=notes)

    @activity.defn
    async def fit_media(self, task: FitMedia) -> MadeMedia:
        self.fitted += 1
        notes = ("Picture: sides padded.",)
        return MadeMedia(assets=task.assets, given=task.assets, notes=notes)

    def worker(self, harness: Harness) -> Worker:
        """Return the worker of media: a queue of its own."""
        return BoundedWorker(
            harness.client,
            task_queue=ids.Queue.MEDIA.beside(harness.queue),
            activities=[self.fetch_pictures, self.fit_media, self.film_short],
        )


@pytest.mark.server
async def test_pictures_of_the_source_go_out_with_their_alt_text_and_outlive_an_edit(
    temporal: Client, state_store: ObjectStore
) -> None:
    library = Library()
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.studio.facts = tuple(
            Fact(kind=FactKind.NUMBER, place=place, start=0, end=1)
            for place in ("text", "alt_text")
        )
        async with library.worker(harness):
            post = await harness.start_post(maker=MediaMaker.SOURCE)
            drawn = await post.query(PostWorkflow.view)
            edit = decision(DecisionKind.EDIT, edit={"headline": "better"})
            edited = await decide(post, edit)
            await decide(post, decision(DecisionKind.APPROVE, revision=2))
            result = await post.result()
            await record("media-source", post)

        assert [one.place for one in drawn.facts] == ["text"]
        assert edited.media_by is MediaMaker.SOURCE
        assert edited.media_notes == ("Picture: sides padded.",)
        assert edited.draft is not None
        assert edited.draft.alt_text == "a ferry at dawn"
        assert [one.sha256 for one in result.view.media] == ["a" * 64]
        assert (library.fitted, harness.studio.rendered) == (1, 0)


@pytest.mark.server
@pytest.mark.parametrize("is_broken", [False, True], ids=["none there", "not to be had"])
async def test_without_pictures_a_card_takes_their_place_and_the_reviewer_knows(
    temporal: Client, state_store: ObjectStore, *, is_broken: bool
) -> None:
    library = Library()
    library.pictures, library.is_broken = (), is_broken
    async with open_harness(temporal, state_store, channel("needs-it")) as harness:
        harness.studio.media_on.add("needs-it")
        async with library.worker(harness):
            post = await harness.start_post(maker=MediaMaker.SOURCE)
            view = await post.query(PostWorkflow.view)
            await record(f"media-card-{is_broken}".lower(), post)

        why, instead = view.media_notes
        assert why == ("No page answers." if is_broken else "The source has no pictures.")
        assert "A card was drawn" in instead
        assert view.media_by is MediaMaker.CARD
        assert view.problems == ()


@pytest.mark.server
async def test_a_card_is_drawn_on_photographs_of_the_source_that_were_asked_for(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.studio.media_on.add("x-main")
        async with Library().worker(harness):
            post = await harness.start_post(card=CardKind.PHOTO)
            view = await post.query(PostWorkflow.view)
            await record("media-photo", post)

        assert harness.studio.photos == (PICTURE,)
        assert view.media_by is MediaMaker.CARD
        assert (view.media_notes, view.problems) == ((), ())


@pytest.mark.server
@pytest.mark.parametrize("card", [CardKind.PHOTO, None], ids=["asked for", "not asked for"])
async def test_a_film_gets_photographs_of_the_source_only_if_they_were_asked_for(
    temporal: Client, state_store: ObjectStore, card: CardKind | None
) -> None:
    library = Library()
    tiktok = channel("tiktok-main", Platform.TIKTOK)
    async with open_harness(temporal, state_store, tiktok) as harness, library.worker(harness):
        post = await harness.start_post(maker=MediaMaker.SHORT, card=card)
        view = await post.query(PostWorkflow.view)

    assert library.filmed == ((PICTURE,) if card else ())
    assert view.media_by is MediaMaker.SHORT


@pytest.mark.server
async def test_a_persons_own_picture_is_another_proof_and_stays_beside_other_words(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.studio.media_on.add("x-main")
        async with Library().worker(harness):
            post = await harness.start_post(variants=2)
            drawn = await post.query(PostWorkflow.view)
            edit = decision(DecisionKind.EDIT, edit={"media": {"added": [PICTURE]}})
            given = await decide(post, edit)
            early = Decision(
                kind=DecisionKind.APPROVE, revision=given.revision, digest=drawn.digest, by="kim"
            )
            with pytest.raises(WorkflowUpdateFailedError) as refused:
                await decide(post, early)
            picked = given.variants[1].draft
            await decide(post, decision(DecisionKind.REGENERATE, revision=2))
            again = await until(
                lambda: post.query(PostWorkflow.view),
                lambda view: view.revision == 3 and view.state is PostState.IN_REVIEW,
            )
            await record("media-own", post)
            nothing = {"media": {"is_new": True}}
            without = await decide(post, decision(DecisionKind.EDIT, revision=3, edit=nothing))
            await post.terminate()

        assert isinstance(refused.value.cause, ApplicationError)
        assert "assets 1 sha256 changed" in refused.value.cause.message
        for view in (given, again):
            assert [one.sha256 for one in view.staged] == ["a" * 64]
            assert (view.media_by, len(view.variants)) == (MediaMaker.ATTACHED, 2)
            assert view.provenance is not None
            assert view.provenance.drafter == "test"
        assert (picked.alt_text, picked.attached) == ("a ferry at dawn", (PICTURE,))
        assert (without.media_by, len(without.staged)) == (MediaMaker.CARD, 1)
        assert "no post without media" in without.media_notes[0]


def test_pictures_of_words_are_old_when_the_words_change_and_others_are_not() -> None:
    before, after = Draft(text="a", headline="old"), Draft(text="a", headline="new")

    assert not media.is_same(MediaMaker.CARD, before, after)
    assert media.is_same(MediaMaker.CARD, before, before)
    assert media.is_same(MediaMaker.SOURCE, before, after)


def test_a_film_of_a_post_is_old_when_its_text_changes() -> None:
    before, after = Draft(text="a"), Draft(text="b")

    assert not media.is_same(MediaMaker.SHORT, before, after)
    assert media.is_same(MediaMaker.CARD, before, after)


_FACEBOOK = Platform.FACEBOOK


def test_media_take_the_place_of_the_cards_of_links_and_bring_their_alt_text() -> None:
    card = LinkCard(url="https://example.com/a")
    draft = Draft(text="a", alt_text="a card", extras=FacebookExtras(link_card=card))
    made = MadeMedia(assets=(PICTURE,), by=MediaMaker.SOURCE)

    after = media.with_media(draft, made, _FACEBOOK)

    assert after.alt_text == "a ferry at dawn"
    assert after.extras == FacebookExtras()
    kept = media.with_media(draft, MadeMedia(assets=(PICTURE,)), _FACEBOOK)
    assert (kept.alt_text, kept.extras) == ("a card", FacebookExtras())
    told = media.with_media(Draft(text="a"), MadeMedia(assets=(PICTURE,)), _FACEBOOK)
    assert told.alt_text == "a ferry at dawn"
    none = MadeMedia(by=MediaMaker.SOURCE)
    assert media.with_media(draft, none, _FACEBOOK) == draft


def test_a_video_that_a_model_made_is_labelled_where_a_network_asks() -> None:
    origin = Origin(model="a/b", prediction_id="p")
    video = PICTURE.model_copy(update={"kind": MediaKind.VIDEO, "origin": origin})
    filmed = video.model_copy(update={"origin": None})

    def is_labelled(asset: StagedAsset, platform: Platform) -> bool | None:
        made = MadeMedia(assets=(asset,), by=MediaMaker.VIDEO)
        extras = media.with_media(Draft(text="a"), made, platform).extras
        return getattr(extras, "is_ai_generated", None)

    assert is_labelled(video, Platform.TIKTOK)
    assert is_labelled(video, Platform.YOUTUBE)
    assert is_labelled(video, Platform.BLUESKY) is None
    assert not is_labelled(filmed, Platform.TIKTOK)
