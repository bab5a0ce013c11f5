"""Clips out of recordings: the real ffmpeg."""

import colorsys
import hashlib
import io
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest
from PIL import Image, ImageColor
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.media.clips import Clipping, _accent, _hook_card, _title_of  # pyright: ignore[reportPrivateUsage]
from activities.sources.documents import store_document
from activities.sources.recordings import RecordingCache
from app.brands.personas import keep_persona, ref_of
from galley.clients.storage import ObjectStore
from galley.clients.web import WebClient
from galley.media.captions import Frame
from galley.media.look import PLAIN_STYLE, Style, contrast, palette_of
from galley.models.brand import Look, Persona
from galley.models.media import ChooseClips, ChosenClips, Clip, ClipReply, CutClip
from galley.models.source import Cue, Recording, SourceDocument, SourceKind, TimedWord
from galley.settings import Settings
from galley.sources.spoken_words import Said
from galley.sources.text import SourceError
from tests.hearing import FERRY
from tests.undrawn import undrawn_letter

pytestmark = pytest.mark.server

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
_CUES = (
    Cue(start=0.2, end=2.0, text="The old harbour had one ferry."),
    Cue(start=2.2, end=6.8, text="Why did nobody ask what seven ferries would do?"),
    Cue(start=7.1, end=8.0, text="It was so."),
)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("talk") / "talk.mp4"
    # fmt: off
    subprocess.run(  # noqa: S603 -- a fixed command
        [FFMPEG, "-nostdin", "-loglevel", "error", "-f", "lavfi",
         "-i", "testsrc=s=320x180:r=25", "-i", str(FERRY), "-t", "8",
         "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(file)],
        check=True,
    )
    # fmt: on
    return file


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _clipping(state: ObjectStore) -> Clipping:
    return Clipping(state, Settings.model_construct(ffmpeg=FFMPEG), Frame(180, 320))


async def _stored(
    state: ObjectStore,
    file: Path | None,
    cues: tuple[Cue, ...] = _CUES,
    title: str = "Night ferry",
    language: str | None = "en",
) -> str:
    """Store a document, with the recording it was heard in; return its SHA-256."""
    heard = None
    if file is not None:
        upload = _digest(file)
        await state.put_file(f"uploads/{upload}", file, "video/mp4")
        heard = Recording(upload=upload)
    document = SourceDocument(
        kind=SourceKind.RECORDING,
        title=title,
        text="What was said.",
        cues=cues,
        heard=heard,
        language=language,
    )
    return (await store_document(state, document, 100)).sha256


async def _choose(state: ObjectStore, task: ChooseClips) -> ChosenClips:
    return await ActivityEnvironment().run(_clipping(state).choose_clips, task)


async def _cut(state: ObjectStore, task: CutClip) -> ClipReply:
    return await ActivityEnvironment().run(_clipping(state).cut_clip, task)


async def test_a_chosen_moment_is_cut_and_kept(state_store: ObjectStore, talk: Path) -> None:
    source = await _stored(state_store, talk)

    chosen = await _choose(state_store, ChooseClips(source=source, least=4, most=6))
    task = CutClip(source=source, clip=chosen.clips[0])
    reply = await _cut(state_store, task)

    assert (chosen.clips[0].start, chosen.clips[0].end) == (2.1, 6.95)
    assert (reply.asset.width, reply.asset.height) == (180, 320)
    assert reply.asset.duration == pytest.approx(4.85 + 2, abs=0.06)
    assert reply.notes == ()
    assert "ferries" not in f"{chosen} {reply}"
    data = await state_store.get(reply.asset.staged_as)
    assert hashlib.sha256(data or b"").hexdigest() == reply.asset.sha256
    # Cut once for all posts that want it, even when the recording is gone.
    upload = _digest(talk)
    await state_store.delete(f"uploads/{upload}")
    assert await _cut(state_store, task) == reply


@pytest.mark.parametrize(("language", "first"), [("en", "neun"), ("de", "um"), (None, "um")])
async def test_a_word_is_a_hesitation_only_in_a_language_that_is_known(
    state_store: ObjectStore, talk: Path, language: str | None, first: str
) -> None:
    said = ["um", "neun", "kam", "das", "Boot", "und", "der", "Hafen", "war", "still."]
    words = [TimedWord(start=at / 2, end=at / 2 + 0.4, text=one) for at, one in enumerate(said)]
    cue = Cue(start=0, end=5, text=" ".join(said), words=tuple(words))
    source = await _stored(state_store, talk, (cue,), language=language)

    chosen = await _choose(state_store, ChooseClips(source=source, least=3, most=6))

    heard = [one.text for one in words if one.start >= chosen.clips[0].start]
    assert heard[0] == first


async def test_a_clip_ends_on_its_brand_and_never_on_the_name_of_a_file(
    state_store: ObjectStore, talk: Path
) -> None:
    source = await _stored(state_store, talk, title="talk-final2")
    persona = Persona(brand="Field Notes", look=Look(background="#102030"))
    await keep_persona(persona, state_store)
    task = CutClip(source=source, clip=Clip(start=0, end=1))

    bare = await _cut(state_store, task)
    branded = await _cut(state_store, task.model_copy(update={"persona": ref_of(persona)}))

    assert bare.asset.duration == pytest.approx(bare.clip.seconds, abs=0.06)
    assert branded.asset.duration == pytest.approx(branded.clip.seconds + 2, abs=0.06)


async def test_edges_of_a_person_are_moved_out_of_the_midst_of_words(
    state_store: ObjectStore, talk: Path
) -> None:
    source = await _stored(state_store, talk)

    task = CutClip(source=source, clip=Clip(start=7.2, end=7.5))
    reply = await _cut(state_store, task)

    assert reply.clip.start == 7.1
    assert reply.clip.end > 7.5


async def test_captions_that_cannot_be_lettered_are_left_out_and_that_is_said(
    state_store: ObjectStore, talk: Path
) -> None:
    cues = (Cue(start=0, end=1, text=f"{undrawn_letter()} {undrawn_letter()}"),)
    source = await _stored(state_store, talk, cues)

    task = CutClip(source=source, clip=Clip(start=0, end=1))
    reply = await _cut(state_store, task)

    assert "captions cannot be drawn" in reply.notes[0]
    await state_store.delete(f"uploads/{_digest(talk)}")
    assert await _cut(state_store, task) == reply


async def test_a_clip_without_captions_is_cut_again_once_they_can_be_lettered(
    state_store: ObjectStore, talk: Path
) -> None:
    source = await _stored(state_store, talk)
    task = CutClip(source=source, clip=Clip(start=7.0, end=8.0))
    reply = await _cut(state_store, task)
    (name,) = await state_store.names("clips/")
    bare = reply.model_copy(update={"notes": ("No font draws them. The clip has none.",)})
    _, version = await state_store.read_versioned(name)
    body = bare.model_dump_json().encode()
    await state_store.replace(name, body, "application/json", version)

    assert (await _cut(state_store, task)).notes == ()
    await state_store.delete(f"uploads/{_digest(talk)}")
    assert (await _cut(state_store, task)).notes == ()


async def test_a_source_that_was_not_heard_has_no_clips(state_store: ObjectStore) -> None:
    source = await _stored(state_store, None)

    assert "no recording" in (await _choose(state_store, ChooseClips(source=source))).note
    with pytest.raises(ApplicationError) as failed:
        await _cut(state_store, CutClip(source=source, clip=Clip(start=0, end=4)))
    assert failed.value.non_retryable


async def test_a_recording_is_lent_to_all_and_then_deleted(
    state_store: ObjectStore, talk: Path
) -> None:
    await _stored(state_store, talk)
    upload = _digest(talk)
    cache, recording = RecordingCache(state_store, WebClient(())), Recording(upload=upload)

    async with cache.lent(recording, "d" * 64) as one:
        async with cache.lent(recording, "d" * 64) as other:
            assert one == other
        assert _digest(one) == _digest(talk)

    assert not one.parent.exists()


async def test_a_recording_that_is_gone_leaves_nothing_behind(state_store: ObjectStore) -> None:
    cache = RecordingCache(state_store, WebClient(()))

    for _ in range(2):
        with pytest.raises(SourceError, match="not in the state bucket"):
            async with cache.lent(Recording(upload="e" * 64), "d" * 64):
                pytest.fail("there is no such recording")


@pytest.mark.parametrize("accent", ["#3b2fd6", "#ffd166", "#000000", "#8a5a2b", "#c00000"])
def test_the_spoken_word_is_of_the_brands_colour_and_seen_among_the_others(accent: str) -> None:
    style = Style(palette_of(Look(background="#f4f1ea", ink="#15141f", accent=accent)))
    spoken = _accent(style)

    assert contrast(spoken, "#000000") >= 7
    assert contrast(spoken, "#ffffff") >= 1.3
    hues = [
        colorsys.rgb_to_hsv(*(one / 255 for one in ImageColor.getrgb(c)))[0]
        for c in (accent, spoken)
    ]
    if accent != "#000000":
        assert hues[0] == pytest.approx(hues[1], abs=0.03)


@pytest.mark.parametrize(
    ("said", "takes_their_place"),
    [
        (("Nobody ever asked why it came.", "It was so."), True),
        (("The old harbour had one ferry for all.", "Why did nobody ask?"), False),
        (("It was short.", "The old harbour had one ferry and it came at nine for us all."), False),
    ],
)
async def test_a_title_of_what_is_said_at_once_takes_the_captions_place_and_no_other(
    said: tuple[str, str], *, takes_their_place: bool
) -> None:
    long = len(said[0].split()) > 4
    ends = 3.0 if long else 0.9
    cues = (Cue(start=0, end=ends, text=said[0]), Cue(start=ends, end=8, text=said[1]))
    document = SourceDocument(kind=SourceKind.RECORDING, title="A", text="-", cues=cues)
    frame = Frame(360, 640)

    card, is_low = await _hook_card(document, Clip(start=0, end=8), frame, PLAIN_STYLE)

    assert is_low is takes_their_place
    # No room above and below the words but their edge.
    with Image.open(io.BytesIO(card or b"")) as drawn:
        assert drawn.height < 0.14 * frame.height
        assert drawn.height % 2 == 0


@pytest.mark.parametrize(
    ("said", "title"),
    [
        # Heard while it is read.
        (("What is the most that anybody ever pressed of one record at one time in one go?",
          "It was a whale."),
         "What is the most that anybody ever pressed of one record at one time in one go?"),
        (("It was a very long story of ferries that nobody wanted to hear or to tell again.",
          "So what did they do?"), "What did they do?"),
        (("But the ferry came.", "It was so."), "The ferry came."),
    ],
)  # fmt: skip
def test_a_title_is_the_opening_question_or_a_short_one_that_stands_alone(
    said: tuple[str, ...], title: str
) -> None:
    words = list[Said]()
    for word in " ".join(said).split():
        words.append(Said(len(words) / 3, (len(words) + 0.9) / 3, word))

    assert _title_of(words, 0.0, "en")[0] == title
