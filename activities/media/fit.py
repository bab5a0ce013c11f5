"""The activity ``fit_media``: staged media converted to what a network accepts.

PostWorkflow calls it for everything but cards.
"""

import asyncio
import hashlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from temporalio import activity

from activities.edge import failure, heartbeating
from activities.interfaces import FittingActivities
from activities.staging import described, is_staged, staged_name
from galley.clients.storage import ObjectStore, StoreDeniedError, StoreError
from galley.media.card_words import alt_text_for
from galley.media.confined import confined
from galley.media.errors import MediaError
from galley.media.ffmpeg import PALE, can_make_ordinary, find_ffmpeg
from galley.media.pictures import PicturePlan, fit_picture
from galley.media.plan import Step, plan_post, problems_of
from galley.media.probe import Probe, probe_file
from galley.media.video import fit_video
from galley.models.media import MadeMedia, StagedAsset
from galley.models.media_orders import FitMedia
from galley.models.network import Platform

MAX_BYTES = 2_000_000_000
"""Of one file, as of a recording."""
_FRAMES_LOOKED_AT = 50
# An encode fills a core; a decoded picture may fill half a gigabyte of memory.
_ENCODED_AT_ONCE, _PICTURES_AT_ONCE = 1, 2
# Notes go into the history.
_MOST_NOTES = 40


@dataclass(frozen=True)
class _Given:
    """An asset that can be decoded, with its place among the post's media."""

    number: int
    asset: StagedAsset
    file: Path
    found: Probe


class MediaFitting(FittingActivities):
    """Crops, pads, converts, shrinks, cuts and encodes by the network's plan."""

    def __init__(self, state: ObjectStore, ffmpeg: str | None = None) -> None:
        self._state = state
        self._ffmpeg = ffmpeg
        self._encoding = asyncio.Semaphore(_ENCODED_AT_ONCE)
        self._drawing = asyncio.Semaphore(_PICTURES_AT_ONCE)

    @activity.defn
    async def fit_media(self, task: FitMedia) -> MadeMedia:
        """Return assets that fit the network, and notes on the changes to them.

        Assets that are broken, too large or refused are left out, with a note each.
        Safe to repeat: the same assets give the same bytes, and so the same names.

        Raises:
            ApplicationError: ``StoreError``, final unless the store could not be
                reached.
        """
        try:
            async with heartbeating():
                with tempfile.TemporaryDirectory(prefix="galley-fit-") as name:
                    return await self._fitted(task, Path(name))
        except StoreError as error:
            raise failure(error, kind="StoreError") from None

    async def _fitted(self, task: FitMedia, folder: Path) -> MadeMedia:
        notes: list[str] = []
        given = await self._looked_at(task, folder, notes)
        found, numbers = [one.found for one in given], [one.number for one in given]
        plan = plan_post(found, task.platform, numbers, speaks=task.speaks)
        notes += plan.notes
        fitted: list[StagedAsset] = []
        used: list[StagedAsset] = []
        for step in plan.steps:
            one = given[step.at]
            try:
                fitted.append(await self._made(one, step, folder, task.platform))
                used.append(one.asset)
            except MediaError as error:
                notes.append(_left_out(one.number, error))
        return MadeMedia(assets=tuple(fitted), given=tuple(used), notes=tuple(notes[:_MOST_NOTES]))

    async def _looked_at(self, task: FitMedia, folder: Path, notes: list[str]) -> list[_Given]:
        given: list[_Given] = []
        for number, asset in enumerate(task.assets, 1):
            file = folder / f"given-{number}"
            try:
                await self._bring(asset, file)
                async with self._drawing:
                    found = await confined(probe_file, file, frames=_FRAMES_LOOKED_AT)
                # Without filters for tone mapping, an HDR video is encoded with pale colours.
                if found.hdr and not await can_make_ordinary(find_ffmpeg(self._ffmpeg)):
                    notes.append(f"Number {number} of the media: {PALE}.")
                    found = replace(found, hdr="")
            except MediaError as error:
                notes.append(_left_out(number, error))
            else:
                given.append(_Given(number, asset, file, found))
        return given

    async def _bring(self, asset: StagedAsset, file: Path) -> None:
        """Write staged bytes into a file, checked against their hash.

        The name and the hash come through the history, which anybody may signal to.
        """
        try:
            is_there = is_staged(asset.staged_as) and await self._state.get_file(
                asset.staged_as, file, MAX_BYTES
            )
        except StoreDeniedError as error:
            # Too large, or not to be read: it alone is left out. Other errors are retried.
            raise MediaError(str(error)) from error
        if not is_there:
            raise MediaError("The staged media is gone: regenerate the post.")
        if await asyncio.to_thread(_digest, file) != asset.sha256:
            raise MediaError("The staged media is damaged: regenerate the post.")

    async def _made(self, one: _Given, step: Step, folder: Path, platform: Platform) -> StagedAsset:
        plan = step.plan
        if isinstance(plan, PicturePlan):
            async with self._drawing:
                data = await asyncio.to_thread(one.file.read_bytes)
                jpeg = await confined(fit_picture, data, plan)
            made = folder / f"made-{one.number}.jpg"
            await asyncio.to_thread(made.write_bytes, jpeg)
        else:
            ffmpeg = find_ffmpeg(self._ffmpeg)
            async with self._encoding:
                made = await fit_video(ffmpeg, one.file, one.found.mime, plan, folder)
        found = await confined(probe_file, made, frames=_FRAMES_LOOKED_AT)
        # The plan may be at its end of options: the result is measured, not assumed.
        if problems := problems_of(found, platform):
            raise MediaError(" ".join(problem.message for problem in problems))
        digest = await asyncio.to_thread(_digest, made)
        name = staged_name(digest, made.suffix)
        await self._state.put_file(name, made, found.mime)
        alt_text = alt_text_for(platform, one.asset.alt_text)
        # What a model made stays that, in whatever shape.
        return described(found, digest, name, alt_text, one.asset.origin)


def _digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _left_out(number: int, error: MediaError) -> str:
    return f"Number {number} of the media is left out. {error}"
