"""Real image and video files for the tests of the Buffer emulator."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# PyAV leaves frames and packets untyped.

import io

import av
import numpy as np
from PIL import Image


def picture(width: int = 1080, height: int = 1080, kind: str = "JPEG") -> bytes:
    """A real image file."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (20, 90, 160)).save(file, kind)
    return file.getvalue()


def noisy_picture(width: int, height: int) -> bytes:
    """An image that does not compress: about three bytes a pixel."""
    noise = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    return file.getvalue()


def video(width: int = 90, height: int = 160, frames: int = 25) -> bytes:
    """A real MP4 of 25 frames a second."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(frames):
            frame = av.VideoFrame.from_image(Image.new("RGB", (width, height)))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
