"""A film whose pictures are said to be in another file leads to no other file."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from av.error import FFmpegError

from galley.media.errors import MediaError
from galley.media.ffmpeg import find_ffmpeg
from galley.media.probe import probe, probe_file
from galley.media.recording import cut
from tests.media.footage import film

_PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"dinf"}
_FOLLOWED = {"enable_drefs": "1"}


def atoms(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the type and body of each atom."""
    while data:
        size, kind = struct.unpack(">I4s", data[:8])
        yield kind, data[8:size]
        data = data[size:]


def atom(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def pointed(data: bytes, reference: bytes) -> bytes:
    """Return a film without pictures, whose tracks refer to where they are instead."""
    out = bytearray()
    for kind, body in atoms(data):
        if kind in _PARENTS:
            out += atom(kind, pointed(body, reference))
        elif kind == b"dref":
            out += atom(kind, struct.pack(">II", 0, 1) + reference)
        else:
            out += atom(kind, bytes(len(body)) if kind == b"mdat" else body)
    return bytes(out)


def alias(path: str) -> bytes:
    """Return an alias record of QuickTime: the file of that name, beside the film.

    As ``mov_read_dref`` of ffmpeg reads it: volume, name, levels, then tagged values.
    """
    name = path.encode()
    levels = struct.pack(">HH", 1, 1)
    record = bytes(10 + 28 + 12 + 64 + 16) + levels + bytes(16)
    tagged = struct.pack(">HH", 2, len(name)) + name + bytes(len(name) % 2)
    return atom(b"alis", bytes(4) + record + tagged + struct.pack(">hH", -1, 0))


def written(secret: Path, reference: bytes) -> Path:
    hostile = secret.with_name("hostile.mov")
    hostile.write_bytes(pointed(secret.read_bytes(), reference))
    return hostile


@pytest.fixture(name="secret")
def _secret(tmp_path: Path) -> Path:
    return film(tmp_path / "secret.mp4", (64, 48), 0.5, sound=True)


def decoded(file: Path, options: dict[str, str]) -> int:
    with av.open(str(file), format="mov", options=options) as opened:
        try:
            return sum(1 for _ in opened.decode(video=0))
        except FFmpegError:
            return 0


async def test_a_film_cannot_point_at_a_file_of_the_worker(secret: Path, tmp_path: Path) -> None:
    hostile = written(secret, alias(f"/x/{secret.name}"))
    (tmp_path / "parts").mkdir()
    assert decoded(hostile, _FOLLOWED) == 5  # it would be followed, if that were on

    assert decoded(hostile, {}) == 0
    with pytest.raises(MediaError):
        probe(hostile.read_bytes())
    with pytest.raises(MediaError):
        probe_file(hostile, frames=9)
    with pytest.raises(MediaError):
        await cut(find_ffmpeg(None), hostile, tmp_path / "parts")


async def test_a_film_cannot_point_at_a_host(secret: Path, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)  # noqa: FBT003 - the standard library's
        address = f"http://127.0.0.1:{server.getsockname()[1]}/{secret.name}"
        url = atom(b"url ", bytes(4) + address.encode() + b"\0")
        for reference in (url, alias(address)):
            hostile = written(secret, reference)
            with pytest.raises(MediaError):
                probe_file(hostile, frames=9)
            with pytest.raises(MediaError):
                await cut(find_ffmpeg(None), hostile, tmp_path / "parts")
        with pytest.raises(BlockingIOError):  # nobody knocked
            server.accept()
