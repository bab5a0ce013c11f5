"""Decode one damaged file with every decoder of Galley: the work of a child process.

A file of its own, because the child imports it and must hold no more than these decoders;
:mod:`bench.fuzz` sends it the files.
"""

import logging
import resource
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
# Decoders warn about each of thousands of broken files.
logging.disable()
warnings.simplefilter("ignore")


def _fitted(data: bytes) -> None:
    for step in plan_post([probe(data, frames=_FRAMES)], Platform.INSTAGRAM).steps:
        if isinstance(step.plan, PicturePlan):
            fit_picture(data, step.plan)


def decoded(data: bytes) -> tuple[int, float, float]:
    """Return the number of decoders that read the file, and what they took: seconds and MiB.

    The other decoders refused it with a :class:`MediaError`.
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
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return read, time.process_time() - began, most
