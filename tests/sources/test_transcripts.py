"""Published transcripts of every format."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.source import Cue
from galley.sources.feeds import TranscriptLink
from galley.sources.text import SourceError
from galley.sources.transcripts import best, paragraphs, read_transcript

VTT = """WEBVTT

NOTE not spoken

00:00:01.000 --> 00:00:04.000
<v Host>Welcome to the <i>harbour</i>.

00:05.000 --> 00:07.500
<v Guest>Thank you.
"""
SRT = """1
00:00:01,000 --> 00:00:04,000
HOST: Welcome to the harbour.

2
00:00:05,000 --> 00:00:07,500
GUEST: Thank you.

3
00:00:08,000 --> 00:00:09,000
HOST: Remember: it sails at night.

4
00:00:09,000 --> 00:00:10,000
GUEST: I will.
"""
JSON = json.dumps(
    {
        "version": "1.0.0",
        "segments": [
            {"speaker": "Host", "startTime": 1, "endTime": 4, "body": "Welcome."},
            {"speaker": "Guest", "startTime": 5, "endTime": 7.5, "body": "Thank you."},
        ],
    }
)


def test_webvtt_gives_times_speakers_and_words() -> None:
    cues, text = read_transcript(VTT.encode(), "text/vtt", "7.vtt")

    assert cues == (
        Cue(start=1, end=4, text="Welcome to the harbour.", speaker="Host"),
        Cue(start=5, end=7.5, text="Thank you.", speaker="Guest"),
    )
    assert text == "Host: Welcome to the harbour.\n\nGuest: Thank you."


def test_subrip_names_the_speaker_before_a_colon() -> None:
    cues, _ = read_transcript(SRT.encode(), "application/srt", "7.srt")

    assert [cue.speaker for cue in cues] == ["HOST", "GUEST", "HOST", "GUEST"]
    assert cues[2].text == "Remember: it sails at night."


def test_a_word_before_a_colon_that_comes_once_is_no_speaker() -> None:
    one = SRT.split("\n\n", maxsplit=1)[0].replace("HOST", "Remember").encode()

    (cue,), _ = read_transcript(one, "", "7.srt")

    assert (cue.speaker, cue.text) == ("", "Remember: Welcome to the harbour.")


def test_the_podcast_json_gives_the_same() -> None:
    cues, text = read_transcript(JSON.encode(), "application/json", "7.json")

    assert [(cue.start, cue.speaker) for cue in cues] == [(1, "Host"), (5, "Guest")]
    assert text.endswith("Guest: Thank you.")


def test_html_has_no_times() -> None:
    html = b"<html><body><p>Host: Welcome.</p><p hidden>Sink it.</p></body></html>"

    cues, text = read_transcript(html, "text/html", "7.html")

    assert cues == ()
    assert text == "Host: Welcome."


def test_the_bytes_count_more_than_the_media_type() -> None:
    cues, _ = read_transcript(VTT.encode(), "text/plain", "7.txt")

    assert len(cues) == 2


def test_a_caption_that_rolls_is_said_once() -> None:
    rolling = VTT + "\n00:08.000 --> 00:09.000\nThank you.\n"

    cues, _ = read_transcript(rolling.encode(), "text/vtt", "7.vtt")

    assert len(cues) == 2


def test_a_long_speech_is_cut_into_paragraphs_at_the_end_of_a_sentence() -> None:
    cues = [
        Cue(start=n, end=n + 1, text=f"Sentence {n} of a long speech.", speaker="Host")
        for n in range(60)
    ]

    parts = paragraphs(cues).split("\n\n")

    assert len(parts) > 1
    assert all(part.endswith(".") for part in parts)
    assert parts[0].startswith("Host: Sentence 0")
    assert not parts[1].startswith("Host:")


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "text/vtt"),
        (b'{"segments": "none"}', "application/json"),
        (b'{"segments": ', "application/json"),
        (b"", "text/vtt"),
        (b"nonsense", "text/vtt"),
        (b"\xff\xfe\x00", "text/vtt"),
    ],
)
def test_a_transcript_without_words_is_refused(body: bytes, media_type: str) -> None:
    with pytest.raises(SourceError):
        read_transcript(body, media_type, "7.vtt")


def test_times_before_words_before_nothing_decide_which_transcript_is_best() -> None:
    links = [
        TranscriptLink(url="https://example.com/t", type=kind)
        for kind in ("text/plain", "text/html", "application/x-subrip", "text/vtt")
    ]

    assert best(links) == links[3]
    assert best(links[:3]) == links[2]
    assert best(links[:2]) == links[1]
    assert best([]) is None


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["speaker", "startTime", "endTime", "body"]),
            st.floats() | st.integers() | st.none() | st.text(max_size=20),
        ),
        max_size=8,
    )
)
def test_no_json_crashes_the_reader(segments: list[dict[str, object]]) -> None:
    body = json.dumps({"segments": segments}).encode()

    try:
        cues, text = read_transcript(body, "application/json", "7.json")
    except SourceError:
        return
    assert text
    assert all(0 <= cue.start <= cue.end for cue in cues)


@pytest.mark.parametrize("depth", [1_000, 20_000])
def test_json_that_is_nested_too_deep_is_refused(depth: int) -> None:
    body = b'{"segments": ' + b"[" * depth + b"]" * depth + b"}"

    with pytest.raises(SourceError):
        read_transcript(body, "application/json", "7.json")


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (
            "text/vtt",
            "WEBVTT\n\n00:01.000 --> 00:02.000\nPress &lt;Enter&gt; <i>now</i> &amp; wait.\n",
        ),
        (
            "text/srt",
            "1\n00:00:01,000 --> 00:00:02,000\nPress &lt;Enter&gt; <i>now</i> &amp; wait.\n",
        ),
        (
            "application/json",
            '{"segments": [{"body": "Press &lt;Enter&gt; <i>now</i> &amp; wait."}]}',
        ),
    ],
)
def test_an_escaped_sign_is_said_and_no_markup(media_type: str, body: str) -> None:
    (cue,), text = read_transcript(body.encode(), media_type, "7")

    assert cue.text == text == "Press <Enter> now & wait."


@pytest.mark.parametrize(
    "srt",
    [
        "00:00:01,000 --> 00:00:02,000\nOne ferry.\n\n00:00:03,000 --> 00:00:04\nTwo ferries.\n",
        "1\n00:00:01,000 -->\nOne ferry.\n\n2\n00:00:03,000 -->\nTwo ferries.\n",
        "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}One ferry.\n2\n00:00:03,0 --> \nTwo ferries.\n",
    ],
    ids=["no numbers", "open ends", "placed"],
)
def test_subrip_of_any_player_is_read_by_its_times(srt: str) -> None:
    cues, text = read_transcript(srt.encode(), "text/plain", "7.srt")

    assert [(cue.start, cue.text) for cue in cues] == [(1, "One ferry."), (3, "Two ferries.")]
    assert text == "One ferry. Two ferries."
