"""The activity ``fetch_pictures``: stages the pictures of a source; PostWorkflow calls it."""

import asyncio
import tempfile
from pathlib import Path

from temporalio import activity

from activities.edge import failure, heartbeating
from activities.interfaces import SourcePictureActivities
from activities.sources.documents import stored_document
from activities.staging import stage
from galley.clients.storage import ObjectStore, StoreError
from galley.clients.web import WebClient
from galley.clients.web_replies import PICTURES, WebError
from galley.media.confined import confined
from galley.media.errors import MediaError
from galley.media.probe import Probe, probe
from galley.models import FetchPictures, MadeMedia, MediaKind, Platform, SourcePicture, StagedAsset
from galley.networks.registry import rules_for
from galley.settings import Settings
from galley.sources.text import SourceError

_MOST_BYTES = 20_000_000
"""Of one picture of a page."""
_WITHIN = 20.0
"""Seconds for one picture."""
_LEAST_SIDE = 200
"""Pixels: below are icons, counters and faces of authors."""
_MOST_FAILURES = 5
_WANTED = "a picture"


class SourcePictures(SourcePictureActivities):
    """Fetches what the source's own page shows, and nothing else.

    Args:
        state: The state bucket: ``sources/<sha256>.json`` in, ``staging/`` out.
        settings: Names the private hosts that may be fetched.
    """

    def __init__(self, state: ObjectStore, settings: Settings) -> None:
        self._state = state
        self._web = WebClient(settings.fetch_private_hosts, limit=_MOST_BYTES, deadline=_WITHIN)

    @activity.defn
    async def fetch_pictures(self, task: FetchPictures) -> MadeMedia:
        """Stage as many pictures as the network takes, with what they show.

        What cannot be had, is no picture or is small is passed over; the notes say
        what could not be had. Safe to repeat: the same bytes have the same name.

        Raises:
            ApplicationError: ``StoreError``, final unless the store could not be
                reached.
        """
        try:
            async with heartbeating():
                return await self._fetched(task)
        except StoreError as error:
            raise failure(error, kind="StoreError") from None

    async def _fetched(self, task: FetchPictures) -> MadeMedia:
        sha256 = task.source.sha256
        try:
            document = await stored_document(self._state, sha256, SourceError)
        except SourceError as error:
            return MadeMedia(notes=(str(error),))
        most = _most(task.platform)
        staged: dict[str, StagedAsset] = {}
        notes: list[str] = []
        for number, picture in enumerate(document.pictures, 1):
            if len(staged) == most or len(notes) == _MOST_FAILURES:
                break
            try:
                data = await self._data(picture)
                found = await confined(probe, data)
            except (WebError, MediaError) as error:
                notes.append(f"Picture {number} of the source is left out. {error}")
                continue
            if min(found.width, found.height) >= _LEAST_SIDE:
                asset = await self._stage(data, found, _said(picture, task))
                staged.setdefault(asset.sha256, asset)
        missing = () if staged else (_none(task.platform),)
        return MadeMedia(assets=tuple(staged.values()), notes=(*notes, *missing))

    async def _data(self, picture: SourcePicture) -> bytes:
        with tempfile.TemporaryDirectory(prefix="galley-picture-") as folder:
            file = Path(folder) / "picture"
            await self._web.save(picture.url, file, PICTURES, _WANTED)
            return await asyncio.to_thread(file.read_bytes)

    async def _stage(self, data: bytes, found: Probe, said: str) -> StagedAsset:
        if found.kind is not MediaKind.IMAGE:
            raise MediaError("It is a video.")
        return await stage(self._state, data, found, said)


def _most(platform: Platform) -> int:
    """Return how many pictures a network takes; none where it takes videos alone."""
    rules = rules_for(platform).image
    return rules.most if rules else 0


def _none(platform: Platform) -> str:
    rules = rules_for(platform)
    if rules.image is None:
        return f"{rules.name} takes videos alone: no picture of the source was fetched."
    return "The source has no pictures that can be used."


def _said(picture: SourcePicture, task: FetchPictures) -> str:
    """Return the picture's own alt text, or whose picture it is."""
    return picture.alt_text or f"A picture of: {task.source.title}"
