"""The media of a post, as a reviewer sees them before the approval."""

import hashlib
from functools import cached_property
from pathlib import Path

import pytest
from temporalio.client import Client

from app.connections import Connections
from app.errors import AppError
from app.posts.media import MediaFile, media_of
from cli.media import save
from galley.models.media import MediaKind, PublicAsset, StagedAsset
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.settings import Settings
from tests.memory_store import MemoryStore

PICTURE, FILM = b"a picture", b"a film"


class Opened(Connections):
    """Connections whose state bucket is in memory."""

    def __init__(self) -> None:
        super().__init__(Settings(), _nobody)

    @cached_property
    def state(self) -> MemoryStore:
        """The private bucket."""
        return MemoryStore()


async def _nobody() -> Client:
    raise AssertionError("nothing here asks Temporal")


def staged(data: bytes, kind: MediaKind, suffix: str) -> StagedAsset:
    digest = hashlib.sha256(data).hexdigest()
    return StagedAsset(
        kind=kind,
        mime="image/jpeg",
        sha256=digest,
        size=len(data),
        width=1,
        height=1,
        alt_text="What it shows",
        staged_as=f"staging/{digest}{suffix}",
    )


ASSETS = (staged(PICTURE, MediaKind.IMAGE, ".jpg"), staged(FILM, MediaKind.VIDEO, ".mp4"))
VIEW = PostView(
    workflow_id="post:k:c",
    campaign_id="campaign:k",
    platform=Platform.INSTAGRAM,
    channel_id="c",
    channel_name="C",
    state=PostState.IN_REVIEW,
    revision=1,
    staged=ASSETS,
)


async def opened() -> Opened:
    found = Opened()
    for asset, data in zip(ASSETS, (PICTURE, FILM), strict=True):
        await found.state.put_if_absent(asset.staged_as, data, asset.mime)
    return found


async def files(view: PostView, *kinds: MediaKind) -> list[MediaFile]:
    return [file async for file in media_of(await opened(), view, *kinds)]


async def test_a_reviewer_gets_the_bytes_that_wait_for_approval(tmp_path: Path) -> None:
    saved = [save(file, tmp_path / "new") for file in await files(VIEW)]

    assert [path.read_bytes() for path in saved] == [PICTURE, FILM]
    assert [path.suffix for path in saved] == [".jpg", ".mp4"]
    assert [path.name[:12] for path in saved] == ["instagram-1-", "instagram-2-"]
    assert [one.data for one in await files(VIEW, MediaKind.IMAGE)] == [PICTURE]


async def test_media_that_are_public_by_now_are_still_shown() -> None:
    picture = ASSETS[0]
    public = PublicAsset(
        kind=picture.kind,
        mime=picture.mime,
        sha256=picture.sha256,
        size=picture.size,
        url=f"https://media.example.com/{picture.sha256}.jpg",
    )
    view = VIEW.model_copy(update={"state": PostState.SCHEDULED, "media": (public,)})

    assert [one.data for one in await files(view)] == [PICTURE]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sha256": "ab" * 32}, "holds other bytes"),
        ({"staged_as": f"staging/{'ab' * 32}.jpg"}, "no longer in staging"),
        ({"staged_as": "claims/somebody"}, "no longer in staging"),
    ],
)
async def test_other_bytes_than_those_that_go_out_are_not_shown(
    changes: dict[str, str], says: str
) -> None:
    odd = ASSETS[0].model_copy(update=changes)

    with pytest.raises(AppError, match=says):
        await files(VIEW.model_copy(update={"staged": (odd,)}))
