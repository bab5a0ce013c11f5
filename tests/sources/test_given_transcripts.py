"""Transcripts that a person gives for a recording: used as they are, or refused."""

import itertools

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from galley.models.source import Cue
from galley.sources.recordings import read_given, require_within
from galley.sources.text import SourceError
from galley.sources.transcripts import read_transcript

ROLLING = """WEBVTT
Kind: captions
Language: en-GB

00:00:00.200 --> 00:00:02.390 align:start position:0%
~
the<00:00:00.600><c> old</c><00:00:01.000><c> harbour</c>

00:00:02.390 --> 00:00:02.400 align:start position:0%
the old harbour
~

00:00:02.400 --> 00:00:04.000 align:start position:0%
the old harbour
had<00:00:03.000><c> one &amp; only ferry</c>
""".replace("~", " ")


def vtt(*times: str) -> bytes:
    cues = "\n\n".join(f"{one}\nsecret words {n}" for n, one in enumerate(times))
    return f"WEBVTT\n\n{cues}\n".encode()


def test_inline_times_are_the_times_of_words_and_rolled_lines_are_said_once() -> None:
    told = read_given(ROLLING.encode(), "talk.vtt")

    words = [(word.text, word.start, word.end) for cue in told.cues for word in cue.words]
    assert words[:4] == [
        ("the", 0.2, 0.6),
        ("old", 0.6, 1.0),
        ("harbour", 1.0, 2.39),
        ("had", 2.4, 3.0),
    ]
    assert [text for text, _, _ in words[4:]] == ["one", "&", "only", "ferry"]
    assert (words[4][1], words[-1][2]) == (3.0, 4.0)
    assert told.text == "the old harbour had one & only ferry"
    assert told.language == "en-GB"


def _rolled(*lines: str) -> bytes:
    """Make of lines the SubRip file that live captions become."""
    cues = list[str]()
    for n, (above, line) in enumerate(itertools.pairwise(["", *lines])):
        begins, ends = f"00:00:{n:02},000", f"00:00:{n:02},990"
        cues.append(f"{begins} --> {ends}\n{above}\n{line}".replace("\n\n", "\n"))
        cues.append(f"{ends} --> 00:00:{n + 1:02},000\n{line}")
    told = (f"{n}\n{cue}" for n, cue in enumerate(cues, 1))
    return "\n\n".join(told).encode()


def test_live_captions_without_times_of_words_are_said_once_too() -> None:
    told = read_given(_rolled("The old", "harbour had", "one ferry", "only."), "t.srt")

    assert told.text == "The old harbour had one ferry only."
    assert [cue.start for cue in told.cues] == [0, 1, 2, 3]


def test_a_line_that_two_people_say_is_kept() -> None:
    times = [f"00:0{n}.000 --> 00:0{n}.900\n" for n in range(4)]
    lines = ["One.\nNo.", "No.\nReally?", "Yes.\nWhy?", "Who\nknows."]
    cues = "\n\n".join(time + said for time, said in zip(times, lines, strict=True))

    told = read_given(f"WEBVTT\n\n{cues}".encode(), "talk.vtt")

    assert told.text == "One. No. No. Really? Yes. Why? Who knows."


def test_a_speaker_before_a_colon_is_no_word_of_the_captions() -> None:
    one = "00:0{n}.000 --> 00:0{n}.900\nAna:<00:0{n}.300><c> sail{n}</c>"
    text = "WEBVTT\n\n" + "\n\n".join(one.format(n=n) for n in (1, 2))

    cues, _ = read_transcript(text.encode(), "", "talk.vtt")

    assert [word.text for word in cues[1].words] == ["sail2"]
    assert cues[1].speaker == "Ana"


def test_a_time_outside_its_cue_is_moved_into_it() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\na<00:09.000>b<00:00.000>c"

    cues, _ = read_transcript(text.encode(), "", "talk.vtt")

    assert all(1 <= word.start <= word.end <= 2 for word in cues[0].words)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (("00:03.000 --> 00:01.000",), "line 3: the cue ends before it begins"),
        (("-00:01.000 --> 00:02.000",), "line 3: the cue begins before the recording"),
        (("00:00.000 --> 00:30.001",), "longer than 30 s"),
        (("05:00:00.000 --> 05:00:01.000",), "four hours"),
        (("00:05.000 --> 00:06.000", "00:01.000 --> 00:02.000"), "line 6: .* above"),
        (("00:01.000 --> 00:04.000", "00:03.400 --> 00:05.000"), "line 3 has ended"),
        (("00:01 --> soon",), "no times at the arrow"),
    ],
)
def test_times_that_cannot_be_are_refused_by_their_line(times: tuple[str, ...], said: str) -> None:
    with pytest.raises(SourceError, match=said) as refused:
        read_given(vtt(*times), "talk.vtt")

    assert "secret" not in str(refused.value)


def test_people_may_fall_into_each_others_words() -> None:
    told = read_given(vtt("00:01.000 --> 00:04.000", "00:03.500 --> 00:05.000"), "talk.de.vtt")

    assert len(told.cues) == 2
    assert told.language == "de"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Bare prose.", "has no times"),
        (b"WEBVTT\n\n", "has no times"),
        (b"ID3\0\0\0", "binary"),
        (b"x" * 10_000_001, "larger than 10 MB"),
        (vtt(*["00:01.000 --> 00:02.000"] * 50_001), "more than 50,000 cues"),
        (vtt("00:01.000 --> 00:01.001") + b"word " * 99, "more than anybody says"),
    ],
    ids=["prose", "empty", "binary", "large", "cues", "dense"],
)
def test_what_clips_cannot_be_cut_by_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read_given(data, "talk.vtt")


def test_a_transcript_ends_with_its_recording() -> None:
    cues = (Cue(start=1, end=9, text="One."), Cue(start=9.5, end=12, text="Two."))

    require_within(cues, 10, "talk.vtt")
    for seconds in (9.0, 6.9):
        with pytest.raises(SourceError, match=r"until 0:12\.000, but the recording"):
            require_within(cues, seconds, "talk.vtt")


_LINES = st.sampled_from(
    [
        *("WEBVTT", "", "1", "00:01.000 --> 00:02.000", "00:01,5 --> 00:99,0"),
        *("00:00:02,000 --> 00:00:03,000", "a<00:00:01.500>b", "Ana: word", "NOTE -->"),
    ]
)


@drawn(st.lists(_LINES, max_size=12))
def test_no_file_crashes_the_reader_and_what_it_takes_is_in_order(lines: list[str]) -> None:
    try:
        told = read_given("\n".join(["WEBVTT", "", *lines]).encode(), "talk.vtt")
    except SourceError:
        return
    starts = [cue.start for cue in told.cues]
    assert starts == sorted(starts)
    assert all(
        cue.start <= word.start <= word.end <= cue.end for cue in told.cues for word in cue.words
    )
