"""The activity ``rehost_assets``, which makes approved media public by content hash.

PostWorkflow calls it; ``create_post`` uses :meth:`PublicHosting.mend` before each post.
"""

import asyncio
import hashlib
from pathlib import PurePosixPath

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.edge import failure, final, heartbeating
from activities.interfaces import HostingActivities
from activities.staging import is_staged, staged_name
from galley.clients.public_fetch import OtherBytesError, PublicFetch, PublicFetchError
from galley.clients.storage import Copied, ObjectStore, StoreError
from galley.models.media import PublicAsset, StagedAsset
from galley.models.media_orders import RehostAssets, RehostReply
from galley.models.post import PostState
from galley.review.decisions import what_helps

_FOREVER = "public, max-age=31536000, immutable"
# Assets of a carousel that are copied and fetched at a time.
_AT_ONCE = 4
# Seconds. A createPost waits for it, and has 90.
_MEND_WITHIN = 25
# Seconds, of the 90 of a createPost or editPost; Buffer itself then takes up to 45.
_PROVE_WITHIN = 40


class PublicHosting(HostingActivities):
    """Copies from the private state bucket into the public media bucket."""

    def __init__(
        self, state: ObjectStore, media: ObjectStore, public_fetch: PublicFetch | None = None
    ) -> None:
        self._state = state
        self._media = media
        self._public_fetch = public_fetch or PublicFetch()

    @activity.defn
    async def rehost_assets(self, task: RehostAssets) -> RehostReply:
        """Copy staged bytes to ``media/<ab>/<sha256>.<ext>`` and fetch them back.

        Safe to repeat: the name is the content, and an existing object stays as it is.

        Raises:
            ApplicationError: ``HostingError``, final unless the public address may
                answer later; ``MediaLostError`` if the staged bytes are gone or
                damaged; ``StoreError``, final unless the store could not be
                reached.
        """
        try:
            async with heartbeating():
                hosted = await self._rehosted(task.assets)
        except PublicFetchError as error:
            raise failure(error, kind="HostingError") from None
        except StoreError as error:
            raise failure(error, kind="StoreError") from None
        return RehostReply(assets=hosted)

    async def mend(self, assets: tuple[PublicAsset, ...]) -> str:
        """Restore public media that are missing or wrong, right before a createPost.

        Returns:
            The sentence for media that could not be restored; empty if there are none.
        """
        try:
            async with asyncio.timeout(_MEND_WITHIN):
                await asyncio.gather(*(self._mend(asset) for asset in assets))
        except PublicFetchError as error:
            # Buffer may reach an address that does not answer this worker just now.
            return "" if error.retryable else str(error)
        except StoreError as error:
            return str(error)
        except TimeoutError:
            return ""
        return ""

    def is_address_of(self, asset: PublicAsset) -> bool:
        """Whether an asset's address is the one that its content has in the media bucket."""
        suffix = PurePosixPath(asset.url).suffix
        staged = staged_name(asset.sha256, suffix)
        ours = self._media.public_url(_public_name(staged, asset.sha256))
        return is_staged(staged) and asset.url == ours

    async def why_other_bytes(self, assets: tuple[PublicAsset, ...]) -> str:
        """Fetch public media as Buffer will; return why they are not the approved bytes."""
        try:
            async with asyncio.timeout(_PROVE_WITHIN):
                await asyncio.gather(*(self._public_fetch.fetch(asset) for asset in assets))
        except PublicFetchError as error:
            return str(error)
        except TimeoutError:
            return "The public media could not be read in time, to compare them with the approved."
        return ""

    async def _mend(self, asset: PublicAsset) -> None:
        try:
            await self._public_fetch.glance(asset)
        except PublicFetchError as error:
            if error.retryable:
                raise
            suffix = PurePosixPath(asset.url).suffix
            staged = staged_name(asset.sha256, suffix)
            if not is_staged(staged):
                raise
            how = await self._copy(staged, asset.sha256, asset.mime)
            if how is Copied.MISSING:
                raise PublicFetchError(
                    "The public media is gone, and so is its staged copy. "
                    f"{what_helps(PostState.HELD, is_lost=True)}"
                ) from error
            await self._public_fetch.glance(asset)

    async def _rehosted(self, assets: tuple[StagedAsset, ...]) -> tuple[PublicAsset, ...]:
        """Make all assets public, some at a time; the first failure ends the others."""
        turns = asyncio.Semaphore(_AT_ONCE)

        async def in_turn(asset: StagedAsset) -> PublicAsset:
            async with turns:
                return await self._rehost(asset)

        work = [asyncio.ensure_future(in_turn(asset)) for asset in assets]
        try:
            return tuple(await asyncio.gather(*work))
        finally:
            for one in work:
                one.cancel()

    async def _rehost(self, asset: StagedAsset) -> PublicAsset:
        if not is_staged(asset.staged_as):
            raise _lost("is not named as staged media is")
        public = PublicAsset(
            kind=asset.kind,
            mime=asset.mime,
            sha256=asset.sha256,
            size=asset.size,
            width=asset.width,
            height=asset.height,
            duration=asset.duration,
            alt_text=asset.alt_text,
            url=self._media.public_url(_public_name(asset.staged_as, asset.sha256)),
        )
        how = await self._copy(asset.staged_as, asset.sha256, asset.mime)
        if how is Copied.MISSING:
            raise _lost("is gone")
        try:
            await self._public_fetch.fetch(public)
        except OtherBytesError:
            await self._require_sound(asset, how)
            raise
        return public

    async def _copy(self, staged_as: str, sha256: str, mime: str) -> Copied:
        """Copy within the store if both buckets are in one, else through this machine."""
        name = _public_name(staged_as, sha256)
        # Not read and hashed here: the public fetch checks every byte.
        how = await self._media.copy_from(self._state, staged_as, name, mime, _FOREVER)
        if how is not Copied.APART:
            return how
        data = await self._state.get(staged_as)
        if data is None:
            # Collected after an earlier copy: the public object is what counts.
            is_there = await self._media.exists(name)
            return Copied.THERE if is_there else Copied.MISSING
        is_new = await self._media.put_if_absent(
            name, data, mime, cache_control=_FOREVER, same=True
        )
        return Copied.DONE if is_new else Copied.THERE

    async def _require_sound(self, asset: StagedAsset, how: Copied) -> None:
        """Raise ``MediaLostError`` if the staged bytes themselves are damaged.

        Otherwise the way from the bucket to a stranger changed them, which may be mended.
        """
        data = await self._state.get(asset.staged_as)
        if data is not None and hashlib.sha256(data).hexdigest() == asset.sha256:
            return
        if how is Copied.DONE:
            # It was made public just now, under a name that promises other bytes.
            await self._media.delete(_public_name(asset.staged_as, asset.sha256))
        raise _lost("is damaged")


def _public_name(staged_as: str, sha256: str) -> str:
    return f"media/{sha256[:2]}/{sha256}{PurePosixPath(staged_as).suffix}"


def _lost(what: str) -> ApplicationError:
    return final(f"The staged media {what}.", kind="MediaLostError")
