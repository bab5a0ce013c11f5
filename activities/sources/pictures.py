"""The activity ``fetch_pictures``: stages the pictures of a source; PostWorkflow calls it."""

import asyncio
import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from temporalio import activity

from activities.edge import failure, heartbeating
from activities.interfaces import SourcePictureActivities
from activities.sources.documents import stored_document
from activities.staging import stage
from galley.clients.storage import ObjectStore, StoreError
from galley.clients.web import WebClient
from galley.clients.web_replies import PICTURES, WebError
from galley.drafting.facts import borrowed
from galley.media.confined import confined
from galley.media.errors import MediaError
from galley.media.probe import Probe, probe
from galley.models.media import MadeMedia, MediaKind, StagedAsset
from galley.models.media_orders import FetchPictures
from galley.models.source import SourcePicture
from galley.networks.registry import rules_for
from galley.settings import Settings
from galley.sources.text import SourceError

_MOST_BYTES = 20_000_000
# Seconds for one picture.
_WITHIN = 20.0
# Pixels; smaller pictures are icons, counters and portraits of authors.
_LEAST_SIDE = 200
_MOST_FAILURES = 5
_MOST_FOR_CARD = 5
# Words in the address of a picture that is no photograph.
_NO_PHOTO = re.compile(
    r"(?:^|[/_.-])(?:logos?|icons?|avatars?|badges?|sprites?|banners?|ads?|adverts?|favicon|"
    r"gravatar|placeholder|pixel)(?:[/_.\d-]|$)",
    re.IGNORECASE,
)
_MOST_CLAIMS = 20


class SourcePictures(SourcePictureActivities):
    """Fetches the pictures that a source's own page shows, and no others.

    Args:
        state: The state bucket: ``sources/<sha256>.json`` in, ``staging/`` out.
        settings: Names the private hosts that may be fetched.
    """

    def __init__(self, state: ObjectStore, settings: Settings) -> None:
        self._state = state
        self._web = WebClient(settings.fetch_private_hosts, limit=_MOST_BYTES, deadline=_WITHIN)

    @activity.defn
    async def fetch_pictures(self, task: FetchPictures) -> MadeMedia:
        """Stage as many pictures as the network takes, or a card may choose from.

        Small pictures are passed over; others that cannot be used get a note. Safe to
        repeat: the same bytes have the same name.

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
        rules = rules_for(task.platform)
        most = rules.image.most if rules.image else 0
        pictures = [*enumerate(document.pictures, 1)]
        if task.for_card:
            most = _MOST_FOR_CARD
            pictures = [one for one in pictures if not _NO_PHOTO.search(urlsplit(one[1].url).path)]
        staged: dict[str, StagedAsset] = {}
        notes: list[str] = []
        claims: list[str] = []
        for number, picture in pictures:
            if len(staged) == most or len(notes) == _MOST_FAILURES:
                break
            try:
                data, found = await self._picture(picture)
            except (WebError, MediaError) as error:
                notes.append(f"Picture {number} of the source is left out. {error}")
                continue
            if min(found.width, found.height) >= _LEAST_SIDE:
                # A stranger wrote them, and they go out as they are.
                said, why = borrowed(picture.alt_text, document)
                if not said and not task.for_card:
                    said, why = borrowed(f"A picture of: {task.source.title}", document)
                credit, _ = borrowed(picture.credit, document)
                asset = await stage(self._state, data, found, said, credit)
                if asset.sha256 not in staged:
                    staged[asset.sha256] = asset
                    at = len(staged)
                    claims += [f"Alt text {at}, in the words of the page: {one}" for one in why]
        if not staged:
            notes.append(
                "The source has no pictures that can be used."
                if rules.image or task.for_card
                else f"{rules.name} takes videos alone: no picture of the source was fetched."
            )
        return MadeMedia(
            assets=tuple(staged.values()), notes=tuple(notes), claims=tuple(claims[:_MOST_CLAIMS])
        )

    async def _picture(self, picture: SourcePicture) -> tuple[bytes, Probe]:
        with tempfile.TemporaryDirectory(prefix="galley-picture-") as folder:
            file = Path(folder) / "picture"
            await self._web.save(picture.url, file, PICTURES, "a picture")
            data = await asyncio.to_thread(file.read_bytes)
        # Decoded by a child process without rights: a stranger made it.
        found = await confined(probe, data)
        if found.kind is not MediaKind.IMAGE:
            raise MediaError("It is a video.")
        return data, found
