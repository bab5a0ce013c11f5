"""Decode one damaged file in every way that Galley does, for a child process."""

import logging
import time
import warnings

from galley.media.errors import MediaError
from galley.media.look import font_file, logo_png, portrait_jpeg
from galley.media.pictures import PicturePlan, fit_picture
from galley.media.plan import plan_post
from galley.media.probe import probe
from galley.media.sound import listen
from galley.models.network import Platform

_FRAMES = 9
# What decoders say of thousands of broken files.
logging.disable()
warnings.simplefilter("ignore")


def _fitted(data: bytes) -> None:
    for step in plan_post([probe(data, frames=_FRAMES)], Platform.INSTAGRAM).steps:
        if isinstance(step.plan, PicturePlan):
            fit_picture(data, step.plan)


def decoded(data: bytes) -> tuple[int, float]:
    """Return in how many ways the file could be read, and what all took of processor.

    The other ways refused it, in words of ours.
    """
    began = time.process_time()
    ways = (_fitted, listen, logo_png, font_file, portrait_jpeg)
    read = 0
    for way in ways:
        try:
            way(data)
        except MediaError:
            continue
        read += 1
    return read, time.process_time() - began
