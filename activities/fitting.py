"""Make staged media what a network takes."""

import asyncio
import hashlib
import re

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.beating import beating
from activities.interfaces import FittingActivities
from galley.clients.storage import ObjectStore, StoreError, StoreUnavailableError
from galley.media.errors import MediaError
from galley.media.fit import problems_of
from galley.media.probe import probe
from galley.models import FitMedia, MadeMedia, StagedAsset

_STAGED = re.compile(r"staging/[0-9a-f]{64}\.[a-z0-9]{1,5}")


class MediaFitting(FittingActivities):
    """Looks at staged media, and leaves out what does not fit."""

    def __init__(self, state: ObjectStore) -> None:
        self._state = state

    @activity.defn
    async def fit_media(self, task: FitMedia) -> MadeMedia:
        """Return the assets that fit the network; the notes say what was left out.

        Safe to repeat.

        Raises:
            ApplicationError: ``StoreError``, final unless the store could not be
                reached.
        """
        fitted: list[StagedAsset] = []
        notes: list[str] = []
        async with beating():
            for asset in task.assets:
                if said := await self._misfit(asset, task):
                    notes.append(said)
                else:
                    fitted.append(asset)
        return MadeMedia(assets=tuple(fitted), notes=tuple(notes))

    async def _misfit(self, asset: StagedAsset, task: FitMedia) -> str:
        """Return why an asset is left out; empty if it fits."""
        try:
            data = await self._bytes(asset)
            found = await asyncio.to_thread(probe, data)
        except MediaError as error:
            return str(error)
        except StoreError as error:
            raise ApplicationError(
                str(error),
                type="StoreError",
                non_retryable=not isinstance(error, StoreUnavailableError),
            ) from error
        return " ".join(one.message for one in problems_of(found, task.platform))

    async def _bytes(self, asset: StagedAsset) -> bytes:
        # The name comes through a history: it must not reach claims or uploads.
        is_staged = _STAGED.fullmatch(asset.staged_as) is not None
        data = await self._state.get(asset.staged_as) if is_staged else None
        if data is None or hashlib.sha256(data).hexdigest() != asset.sha256:
            raise MediaError("The staged media is gone or damaged.")
        return data
