import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.source import AudioPart, Cue, SourceKind, SourceSpec, TimedWord, Transcript
from galley.sources.identity import spec_for
from galley.sources.recordings import transcribed, transcript_name, untranscribed
from galley.sources.text import SourceError

SPEC = SourceSpec(kind=SourceKind.RECORDING, name="night_ferry.mp3", upload="0" * 64)
TIMES = st.floats(min_value=0, max_value=1e6)
CUES = st.builds(Cue, start=TIMES, end=TIMES, text=st.text(max_size=40))


def part(start: float, seconds: float = 300) -> AudioPart:
    return AudioPart(sha256="a", start=start, seconds=seconds, size=1)


def said(text: str, start: float = 1, end: float = 2) -> Transcript:
    return Transcript(cues=(Cue(start=start, end=end, text=text),), language="en")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/7.MP3",
        "https://example.com/talk.webm?download=1",
        "https://example.com/audio/7.m4a",
    ],
)
def test_an_address_that_ends_as_a_recording_is_one(url: str) -> None:
    assert spec_for(url).kind is SourceKind.RECORDING


def test_a_question_at_the_end_of_an_address_is_not_its_name() -> None:
    url = "https://example.com/article?see=7.mp3"

    assert spec_for(url).kind is SourceKind.ARTICLE


def test_a_key_in_an_address_is_never_the_link_of_a_post() -> None:
    signed, plain = "https://example.com/7.mp3?Signature=x", "https://example.com/7.mp3"

    assert untranscribed(spec_for(signed)).link is None
    assert untranscribed(spec_for(plain)).link == plain


def test_what_was_said_is_placed_in_the_whole_recording() -> None:
    found = transcribed(
        untranscribed(SPEC),
        (part(0), part(300)),
        (said("The ferry leaves."), said("It comes back.", 4.5, 6)),
    )

    assert [(cue.start, cue.end) for cue in found.cues] == [(1, 2), (304.5, 306)]
    assert found.text == "The ferry leaves. It comes back."
    assert (found.title, found.language) == ("night ferry", "en")
    assert found.recording is None


@given(st.lists(st.lists(CUES, max_size=5), min_size=1, max_size=5))
def test_nothing_is_placed_outside_its_part(spoken: list[list[Cue]]) -> None:
    parts = [part(300.0 * n) for n in range(len(spoken))]
    transcripts = [Transcript(cues=(*cues, Cue(start=0, end=1, text="word"))) for cues in spoken]

    found = transcribed(untranscribed(SPEC), parts, transcripts)

    assert all(0 <= c.start <= c.end <= 300 * len(spoken) for c in found.cues)
    assert all(cue.text for cue in found.cues)


def test_a_recording_of_silence_is_refused() -> None:
    with pytest.raises(SourceError, match="Nobody speaks"):
        transcribed(untranscribed(SPEC), [part(0)], [Transcript()])


def test_the_language_is_the_one_that_most_is_spoken_in() -> None:
    spoken = [said("Hello"), said("Bonjour"), Transcript(language="nn")]
    spoken[1] = spoken[1].model_copy(update={"language": "fr"})
    parts = [part(0, 300), part(300, 20), part(320, 900)]

    assert transcribed(untranscribed(SPEC), parts, spoken).language == "en"


def test_two_models_have_two_transcripts_of_a_part() -> None:
    names = {transcript_name(part(0), model) for model in ("local:a", "local:b")}

    assert len(names) == 2


def test_words_are_placed_like_their_lines() -> None:
    words = (TimedWord(start=1, end=2, text=" Hello "), TimedWord(start=1, end=2, text=""))
    cue = Cue(start=1, end=3, text="Hello there.", words=words)

    whole = transcribed(untranscribed(SPEC), (part(60),), (Transcript(cues=(cue,)),))

    assert whole.cues[0].words == (TimedWord(start=61, end=62, text="Hello"),)
