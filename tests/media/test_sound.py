import hashlib
from pathlib import Path

import pytest

from galley.media.errors import MediaError
from galley.media.ffmpeg import run_ffmpeg
from galley.media.recording import MAX_SECONDS, cut, demuxer_of
from tests.hearing import FERRY, FERRY_SECONDS, PAUSES

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\n"
SCRIPT = b"<!doctype html><script>alert(1)</script>"


async def made(ffmpeg: str, file: Path, *options: str) -> Path:
    command = [ffmpeg, "-nostdin", "-loglevel", "error", "-f", "lavfi"]
    await run_ffmpeg([*command, *options, str(file)])
    return file


def parts(tmp_path: Path, name: str = "parts") -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


async def test_a_recording_is_cut_in_its_pauses(ffmpeg: str, tmp_path: Path) -> None:
    pieces = await cut(ffmpeg, FERRY, parts(tmp_path), part_seconds=9)

    assert [piece.start for piece in pieces[1:]] == [
        pytest.approx(PAUSES[2], abs=0.3),
        18,  # no pause is near: at the wanted length
    ]
    assert sum(p.seconds for p in pieces) == pytest.approx(FERRY_SECONDS, abs=0.1)


async def test_the_same_recording_gives_the_same_bytes(an_ffmpeg: str, tmp_path: Path) -> None:
    async def digests(name: str) -> list[str]:
        pieces = await cut(an_ffmpeg, FERRY, parts(tmp_path, name), part_seconds=7)
        return [hashlib.sha256(p.path.read_bytes()).hexdigest() for p in pieces]

    assert await digests("first") == await digests("second")


async def test_the_sound_is_cut_out_of_a_video(an_ffmpeg: str, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    sound = ("-f", "lavfi", "-i", "sine=frequency=440", "-t", "2", "-c:a", "aac")
    await made(an_ffmpeg, film, "-i", "color=s=64x64:r=5", *sound)

    pieces = await cut(an_ffmpeg, film, parts(tmp_path))

    assert [p.seconds for p in pieces] == [pytest.approx(2, abs=0.1)]
    assert pieces[0].path.read_bytes().startswith(b"fLaC")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.mp3", PLAYLIST),
        ("a.wav", CONCAT),
        ("a.mp4", SCRIPT),
        ("a.ogg", b""),
        ("a.mp3", b"\0" * 5000),
    ],
    ids=["playlist", "concat script", "page", "empty", "zeros"],
)
async def test_what_is_no_recording_never_reaches_ffmpeg(
    tmp_path: Path, name: str, data: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(data)

    with pytest.raises(MediaError, match="no recording"):
        await cut("/no/such/ffmpeg", file, parts(tmp_path))


@pytest.mark.parametrize(
    "head",
    [b"OggS" + b"\0" * 400, b"ID3\3" + b"\xff" * 900, b"\0\0\0\x20ftypisom" + b"?" * 99],
    ids=["ogg", "mp3", "mp4"],
)
async def test_a_broken_recording_is_refused_in_our_words(
    an_ffmpeg: str, tmp_path: Path, head: bytes
) -> None:
    file = tmp_path / "broken"
    file.write_bytes(head)

    with pytest.raises(MediaError, match="cannot be decoded, or has no sound"):
        await cut(an_ffmpeg, file, parts(tmp_path))


async def test_a_film_without_sound_is_refused(an_ffmpeg: str, tmp_path: Path) -> None:
    film = await made(an_ffmpeg, tmp_path / "film.mp4", "-i", "color=s=64x64:r=5", "-t", "1")

    with pytest.raises(MediaError, match="has no sound"):
        await cut(an_ffmpeg, film, parts(tmp_path))


async def test_more_than_what_is_taken_is_refused(an_ffmpeg: str, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="longer than"):
        await cut(an_ffmpeg, FERRY, parts(tmp_path), most_seconds=10)

    assert MAX_SECONDS == 4 * 3600


def test_a_name_is_not_believed() -> None:
    assert demuxer_of(FERRY.read_bytes()[:4096]) == "ogg"
    assert demuxer_of(PLAYLIST) is None
