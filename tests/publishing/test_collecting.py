"""Which media may be deleted: none that any post could still need."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from galley.models.draft import Draft
from galley.models.media import MediaKind, StagedAsset
from galley.models.network import Platform
from galley.models.post import PostSnapshot, PostState, PostView, Released
from galley.records.collection import (
    SAFE_AGE,
    PostLife,
    Verdict,
    hash_in,
    hashes_in,
    needs_its_media,
    verdict,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
MARGIN = timedelta(days=30)
DONE = {"published", "retracted", "rejected", "expired"}
hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
ages = st.timedeltas(timedelta(0), timedelta(days=400))
states = st.sampled_from([*PostState, "", "made up"])


def names(digest: str) -> tuple[str, ...]:
    return f"staging/{digest}.png", f"media/{digest[:2]}/{digest}.mp4"


@given(hashes, st.sets(hashes), ages)
def test_what_a_post_needs_is_kept_however_old_it_is(
    digest: str, others: set[str], age: timedelta
) -> None:
    for name in names(digest):
        found = verdict(name, NOW - age, others | {digest}, NOW)

        assert found is Verdict.NEEDED


@given(hashes, ages)
def test_what_nobody_needs_is_free_once_it_is_old_enough(digest: str, age: timedelta) -> None:
    for name in names(digest):
        found = verdict(name, NOW - age, set(), NOW)

        assert (found is Verdict.FREE) is (age >= SAFE_AGE)


@given(st.text(max_size=90))
def test_what_is_not_named_as_a_medium_is_never_touched(name: str) -> None:
    assert verdict(name, NOW - timedelta(days=999), set(), NOW) is Verdict.UNKNOWN


def test_claims_receipts_sources_and_look_alikes_are_never_touched() -> None:
    old, digest = NOW - timedelta(days=999), "a" * 64
    for name in (
        "claims/a:x.json",
        f"sources/{digest}.json",
        f"staging/{digest}.png/more",
        f"staging/{digest}a.png",
        f"media/{digest}.png",
        "staging/notes.txt",
    ):
        assert verdict(name, old, set(), NOW) is Verdict.UNKNOWN, name


def test_what_a_probe_left_behind_is_free_in_the_end() -> None:
    for name in ("media/probe/00ff.txt", "staging/doctor-00ff.txt"):
        assert verdict(name, NOW - SAFE_AGE, set(), NOW) is Verdict.FREE
        assert verdict(name, NOW, set(), NOW) is Verdict.YOUNG


@given(states, st.none() | ages, st.integers(1, 400))
def test_media_are_needed_until_a_post_is_done_and_a_margin_after_it(
    state: str, ended_for: timedelta | None, days: int
) -> None:
    margin = timedelta(days=days)
    life = PostLife(state, None if ended_for is None else NOW - ended_for)

    needed = needs_its_media(life, NOW, margin)

    if ended_for is None or state not in DONE:
        assert needed
    else:
        assert needed is (ended_for < margin)


@given(hashes, hashes, hashes)
def test_a_post_needs_what_stands_anywhere_in_it(shown: str, proposed: str, before: str) -> None:
    snapshot = PostSnapshot(
        view=PostView(
            workflow_id="post:a:x",
            campaign_id="campaign:a",
            platform=Platform.X,
            channel_id="x",
            channel_name="x",
            state=PostState.SCHEDULED,
            revision=1,
            staged=(staged(shown), staged(proposed)),
        ),
        before=Released(revision=1, draft=Draft(text="a", headline="a"), staged=(staged(before),)),
    )

    assert {shown, proposed, before} <= hashes_in(snapshot)


@given(hashes)
def test_an_address_says_which_medium_it_is(digest: str) -> None:
    assert hash_in(f"https://cdn.example/m/media/{digest[:2]}/{digest}.jpg") == digest
    assert hash_in("https://cdn.example/somebody-elses.jpg") is None


def staged(digest: str) -> StagedAsset:
    return StagedAsset(
        kind=MediaKind.IMAGE,
        mime="image/png",
        sha256=digest,
        size=1,
        width=1,
        height=1,
        staged_as=f"staging/{digest}.png",
    )
