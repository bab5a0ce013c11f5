"""Moments begin and end with sentences, and the best ones are found."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galley.media.edges import snapped
from galley.media.moments import ClipLimits, choose_moments
from galley.models.media import Clip
from galley.models.source import Cue, TimedWord
from galley.sources.spoken_words import joined, timed_words

_PER_WORD = 0.4
_FILLER = "The harbour was quiet that morning and the boats lay still."
_MIXED = ["boats", "the", "why?", "ferry.", "seven", "it,", "never", "你好。", "مرحبا"]


@st.composite
def _cue(draw: st.DrawFn) -> Cue:
    start = draw(st.floats(0, 300))
    words = draw(st.lists(st.sampled_from(_MIXED), max_size=12))
    return Cue(
        start=start,
        end=start + draw(st.floats(0, 20)),
        text=" ".join(words),
        speaker=draw(st.sampled_from(["", "Host", "Guest"])),
    )


_cues = st.lists(_cue(), max_size=25)


def _told(*sentences: str, start: float = 0.0, speaker: str = "") -> list[Cue]:
    cues = list[Cue]()
    for sentence in sentences:
        end = start + _PER_WORD * len(sentence.split())
        cues.append(Cue(start=start, end=end, text=sentence, speaker=speaker))
        start = end + 0.4
    return cues


def _text(cues: list[Cue], clip: Clip) -> str:
    inside = [w.text for w in timed_words(cues) if clip.start <= w.start < clip.end]
    return joined(inside)


@settings(max_examples=60, deadline=None)
@given(_cues, st.integers(1, 4), st.floats(1, 20), st.floats(0, 40))
def test_clips_keep_apart_and_have_the_wanted_length(
    cues: list[Cue], count: int, least: float, more: float
) -> None:
    wanted = ClipLimits(count=count, least=least, most=least + more)

    clips = choose_moments(cues, wanted)

    assert len(clips) <= count
    assert clips == choose_moments(cues, wanted)
    in_order = sorted(clips, key=lambda clip: clip.start)
    for one, other in pairwise(in_order):
        assert one.end <= other.start + 0.001
    for clip in clips:
        assert clip.seconds <= wanted.most + 0.01
        assert 0 <= clip.score <= 100


@settings(max_examples=60, deadline=None)
@given(_cues)
def test_no_clip_cuts_a_word_in_two(cues: list[Cue]) -> None:
    for clip in choose_moments(cues, ClipLimits(least=3)):
        for word in timed_words(cues):
            assert not word.start + 0.001 < clip.start < word.end - 0.001
            assert not word.start + 0.001 < clip.end < word.end - 0.001


def test_a_clip_begins_and_ends_with_a_sentence() -> None:
    cues = _told(*[_FILLER] * 8, "Why do ferries never sink in winter?", *[_FILLER] * 8)

    for clip in choose_moments(cues, ClipLimits(count=2, least=8, most=20)):
        text = _text(cues, clip)
        assert text.startswith(("The harbour", "Why do"))
        assert text.endswith((".", "?"))


@pytest.mark.parametrize(
    ("hook", "reason"),
    [
        ("Why do ferries sink in winter and not in June?", "question"),
        ("Seven ferries sank here in one single winter of that war.", "a number"),
        ("Nobody expected that the ferry would come back from the war.", "strong word"),
    ],
)
def test_a_hook_wins_and_is_the_reason(hook: str, reason: str) -> None:
    cues = _told(*[_FILLER] * 6, hook, *[_FILLER] * 6)

    best = choose_moments(cues, ClipLimits(count=1, least=10, most=15))[0]

    assert _text(cues, best).startswith(hook)
    assert any(reason in why for why in best.reasons)


@pytest.mark.parametrize("opening", ["It was", "And then", "This is what", "So he was"])
def test_a_clip_does_not_lean_on_what_was_said_before(opening: str) -> None:
    cues = _told(_FILLER, f"{opening} quiet in the harbour for seven days.", _FILLER)
    cues += _told(_FILLER, _FILLER, start=cues[-1].end + 0.4)

    best = choose_moments(cues, ClipLimits(count=1, least=8, most=12))[0]

    assert not _text(cues, best).startswith(opening)


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        ("en", "Can you hear me at the back?"),
        ("en", "Is this, uh, is this microphone on?"),
        ("en", "So, first of all, a big thank you to the organisers of all this."),
        ("en", "I have to apologise for my slides, which I changed on the train."),
        ("en", "I will skip the others, because we are a little late already."),
        ("de", "Könnt ihr mich da hinten alle hören?"),
        ("de", "Ist das Mikrofon an?"),
        ("fr", "Est-ce que vous m'entendez tous au fond de la salle?"),
        ("es", "¿Me oyen bien los del fondo de la sala?"),
    ],
)
def test_a_clip_leaves_out_what_is_said_to_the_room(language: str, spoken: str) -> None:
    cues = _told(*[_FILLER] * 2, spoken, *[_FILLER] * 4)

    best = choose_moments(cues, ClipLimits(count=1, least=8, most=15), language)[0]

    assert spoken not in _text(cues, best)


@pytest.mark.parametrize("question", ["Why not?", "How?", "Did it change anything?"])
def test_a_question_that_needs_the_sentence_before_it_opens_no_clip(question: str) -> None:
    cues = _told(_FILLER, f"{question} {_FILLER}", *[_FILLER] * 3)

    best = choose_moments(cues, ClipLimits(count=1, least=8, most=12))[0]

    assert not _text(cues, best).startswith(question)


@pytest.mark.parametrize(
    "question", ["Why does it take so long to get people on a plane?", "What is a hydrophone?"]
)
def test_a_question_that_says_what_it_asks_about_opens_a_clip(question: str) -> None:
    cues = _told(*[_FILLER] * 2, question, *[_FILLER] * 3)

    best = choose_moments(cues, ClipLimits(count=1, least=8, most=12))[0]

    assert _text(cues, best).startswith(question)


def test_what_the_post_quotes_is_chosen() -> None:
    quoted = "Boats of that kind were built upside down on a frozen lake."
    cues = _told(*[_FILLER] * 8, quoted, _FILLER)
    quote = f"He says: “{quoted}”"

    best = choose_moments(cues, ClipLimits(count=1, least=4, most=8, quotes=(quote,)))[0]

    assert quoted in _text(cues, best)
    assert any("the post quotes it" in why for why in best.reasons)


def test_a_short_recording_is_taken_whole() -> None:
    cues = _told(_FILLER, "Nobody knew why.")

    clips = choose_moments(cues, ClipLimits(least=20))

    assert [_text(cues, clip) for clip in clips] == [f"{_FILLER} Nobody knew why."]


def test_silence_has_no_moments() -> None:
    assert choose_moments([], ClipLimits()) == ()
    assert choose_moments([Cue(start=1, end=1, text="Hm.")], ClipLimits()) == ()


def test_measured_words_are_taken_as_they_are() -> None:
    words = (TimedWord(start=1, end=1.5, text=" Hello"),)
    cue = Cue(start=0, end=9, text="Hello", words=words)

    assert [tuple(word)[:3] for word in timed_words([cue])] == [(1, 1.5, "Hello")]


def test_words_without_times_share_the_time_of_their_line() -> None:
    words = timed_words([Cue(start=2, end=6, text="one two three")])

    assert [word.text for word in words] == ["one", "two", "three"]
    assert words[0].start == 2
    assert words[-1].end == pytest.approx(6, abs=0.01)


def test_a_line_without_spaces_is_shown_in_pieces() -> None:
    words = timed_words([Cue(start=0, end=4, text="你好世界我们走吧。再见")])

    assert [word.text for word in words] == ["你好世界", "我们走吧。", "再见"]
    assert joined([word.text for word in words]) == "你好世界我们走吧。再见"


def test_edges_of_a_person_leave_words_whole() -> None:
    cues = [Cue(start=0, end=4, text="one two three four")]
    words = timed_words(cues)

    start, end = snapped(cues, words[1].start + 0.1, words[2].start + 0.1)

    assert (start, end) == (words[1].start, words[2].end)
