"""Make approved media public under a name that is its content."""

import hashlib
import re
from pathlib import PurePosixPath

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.beating import beating
from activities.interfaces import HostingActivities
from galley.clients.outsider import OutsiderError, fetch_as_outsider
from galley.clients.storage import (
    ObjectStore,
    StoreConflictError,
    StoreDeniedError,
    StoreError,
)
from galley.models import PublicAsset, RehostAssets, RehostReply, StagedAsset

_FOREVER = "public, max-age=31536000, immutable"
_STAGED = re.compile(r"staging/[0-9a-f]{64}\.[a-z0-9]{1,5}")


class PublicHosting(HostingActivities):
    """Copies from the private state bucket into the public media bucket."""

    def __init__(self, state: ObjectStore, media: ObjectStore) -> None:
        self._state = state
        self._media = media

    @activity.defn
    async def rehost_assets(self, task: RehostAssets) -> RehostReply:
        """Put staged bytes under ``media/<ab>/<sha256>.<ext>`` and fetch them back.

        Safe to repeat: the name is the content, and what is there is left as it is.

        Raises:
            ApplicationError: ``HostingError``, final unless the public address may
                answer later; ``StoreError``, final unless the store could not be
                reached.
        """
        try:
            async with beating():
                hosted = [await self._rehost(asset) for asset in task.assets]
        except OutsiderError as error:
            raise ApplicationError(
                str(error), type="HostingError", non_retryable=not error.retryable
            ) from None
        except StoreError as error:
            is_final = isinstance(error, StoreDeniedError | StoreConflictError)
            raise ApplicationError(
                str(error), type="StoreError", non_retryable=is_final
            ) from None
        return RehostReply(assets=tuple(hosted))

    async def _rehost(self, asset: StagedAsset) -> PublicAsset:
        data = await self._staged(asset)
        suffix = PurePosixPath(asset.staged_as).suffix
        name = f"media/{asset.sha256[:2]}/{asset.sha256}{suffix}"
        await self._media.put_if_absent(
            name, data, asset.mime, cache_control=_FOREVER, same=True
        )
        public = PublicAsset(
            kind=asset.kind,
            mime=asset.mime,
            sha256=asset.sha256,
            size=len(data),
            width=asset.width,
            height=asset.height,
            duration=asset.duration,
            alt_text=asset.alt_text,
            url=self._media.public_url(name),
        )
        await fetch_as_outsider(public)
        return public

    async def _staged(self, asset: StagedAsset) -> bytes:
        # The name comes through a history: it must not reach claims or uploads.
        if not _STAGED.fullmatch(asset.staged_as):
            raise _lost("is not named as staged media is")
        data = await self._state.get(asset.staged_as)
        if data is None:
            raise _lost("is gone")
        if hashlib.sha256(data).hexdigest() != asset.sha256:
            raise _lost("is damaged")
        return data


def _lost(what: str) -> ApplicationError:
    return ApplicationError(
        f"The staged media {what}: regenerate the post.",
        type="HostingError",
        non_retryable=True,
    )
