"""A clip begins at a word that says something and ends with one, and no silence is around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.media.edges import edges_of, hesitates, read_words, trimmed, untied
from galley.media.moments import ClipLimits, choose_moments
from galley.models.media import Clip
from galley.models.source import Cue, TimedWord
from galley.sources.spoken_words import Said, timed_words

_SAID = ["Um,", "uh", "So,", "Well", "ferry", "harbour.", "Erm...", "äh", "2026", "Ben", "えーと"]
_LANGUAGES = ["en", "de-DE", "fr", "ja", "xx"]


@st.composite
def _speech(draw: st.DrawFn) -> list[Said]:
    at, words = 0.0, list[Said]()
    for text in draw(st.lists(st.sampled_from(_SAID), min_size=1, max_size=12)):
        start = at + draw(st.floats(0, 2))
        at = start + draw(st.floats(0.01, 1))
        words.append(Said(start, at, text, is_estimated=draw(st.booleans())))
    return words


def _measured(text: str, start: float = 0.0, gap: float = 0.05) -> Cue:
    """Return a cue of which each word was timed: 0.3 seconds, and a gap."""
    words = list[TimedWord]()
    for word in text.split():
        words.append(TimedWord(start=start, end=start + 0.3, text=word))
        start += 0.3 + gap
    return Cue(start=words[0].start, end=words[-1].end, text=text, words=tuple(words))


@given(_speech(), st.sampled_from(_LANGUAGES))
def test_what_is_left_lies_within_is_left_again_and_begins_and_ends_with_a_word(
    words: list[Said], language: str
) -> None:
    found = trimmed(words, 0, len(words) - 1, language)

    if found is None:
        assert all(hesitates(one, language) or one.text == "So," for one in words)
        return
    begin, end = found
    assert 0 <= begin <= end < len(words)
    assert trimmed(words, begin, end, language) == found
    # What goes is all of it said beside the words that stay.
    gone = [*words[:begin], *words[end + 1 :]]
    assert all(hesitates(one, language) or one.text == "So," for one in gone)
    if not any(one.is_estimated for one in words):
        assert not hesitates(words[begin], language)
        assert not hesitates(words[end], language)


@given(_speech(), st.data())
def test_edges_tear_no_word_and_have_a_breath_at_most(
    words: list[Said], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    start, end = edges_of(words, first, last)

    assert start <= words[first].start + 0.001
    assert end >= words[last].end - 0.001
    assert words[first].start - start <= 0.151
    assert end - words[last].end <= 0.351
    assert all(one.end <= start + 0.001 for one in words[:first])
    assert all(one.start >= end - 0.001 for one in words[last + 1 :])


@pytest.mark.parametrize(
    ("language", "said", "left"),
    [
        ("en", "Um, so the ferry came.", "so the ferry came."),
        ("en", "So, um, the ferry came, uh.", "the ferry came,"),
        ("en", "So the ferry came.", "So the ferry came."),
        ("de", "Ähm, also, er ging um die Ecke.", "er ging um die Ecke."),
        ("fr", "Euh, alors, le bac est venu, euh...", "le bac est venu,"),
        ("es", "Eh, bueno, el barco vino.", "el barco vino."),
    ],
)
def test_hesitations_and_words_that_take_the_turn_go(language: str, said: str, left: str) -> None:
    words = timed_words([_measured(said)])
    found = trimmed(words, 0, len(words) - 1, language)

    assert found is not None
    assert " ".join(one.text for one in words[found[0] : found[1] + 1]) == left


@pytest.mark.parametrize(
    ("language", "said"),
    [
        # No language is known.
        ("", "ging er um die Ecke und er kam um zwei."),
        ("", "Um, uh, ehm"),
        # Units, names in capitals, and words.
        ("en", "It is 5 mm wide and goes to the ER."),
        ("en", "A battery of 5 Ah"),
        ("en", "UM, HMM, UH and ERM"),
        ("en", "To err is human"),
        ("de", "5 mm breit"),
        # Answers.
        ("en", "Mm-hmm, mhm. Uh-huh. Uh-hm!"),
        ("de", "Mhm, hm-hm."),
    ],
)
def test_no_word_that_says_something_is_left_out(language: str, said: str) -> None:
    words = timed_words([_measured(said)])

    assert [one.text for one in read_words(words, 0, 99, language)] == said.split()
    assert trimmed(words, 0, len(words) - 1, language) == (0, len(words) - 1)


def test_no_word_is_cut_from_a_clip_whose_language_is_not_known() -> None:
    cue = _measured("Um die Ecke kam das Boot, und der Hafen war still um")
    (clip,) = choose_moments([cue], ClipLimits(count=1, least=3), "")

    assert clip.start <= cue.start
    assert clip.end >= cue.end


def test_a_first_word_that_has_a_capital_within_keeps_its_letters() -> None:
    words = timed_words([_measured("So, iPhones and, um, eBay")])

    assert [one.text for one in read_words(words, words[1].start - 0.01, 99, "en")] == [
        "iPhones",
        "and,",
        "eBay",
    ]


def test_a_hesitation_whose_end_nobody_measured_stays() -> None:
    words = timed_words([Cue(start=0, end=4, text="Um, the ferry came.")])

    assert trimmed(words, 0, len(words) - 1, "en") == (0, len(words) - 1)


def test_a_clip_begins_and_ends_beside_the_hesitations() -> None:
    said = "Um, so, the harbour has one ferry and it comes at nine, uh."
    cue = _measured(said)
    (clip,) = choose_moments([cue], ClipLimits(count=1))

    words = timed_words([cue])
    assert words[1].end <= clip.start <= words[2].start
    assert words[-2].end <= clip.end <= words[-1].start


def test_hesitations_are_not_read_and_what_is_left_begins_with_a_capital() -> None:
    words = timed_words([_measured("So, um, the ferry is, uh, late. iPhones told us.")])
    read = [one.text for one in read_words(words, words[2].start - 0.01, 99, "en")]
    later = [one.text for one in read_words(words, words[7].start - 0.01, 99, "en")]

    assert read == ["The", "ferry", "is,", "late.", "iPhones", "told", "us."]
    assert later == ["iPhones", "told", "us."]


@pytest.mark.parametrize(
    ("language", "said", "alone"),
    [
        ("en", "But the best evidence was in town.", "The best evidence was in town."),
        ("en", "So what do we do about it?", "What do we do about it?"),
        ("en", "So far nobody has asked.", "So far nobody has asked."),
        ("en", "Butter was dear.", "Butter was dear."),
        ("de", "Und was kostet das?", "Was kostet das?"),
        ("pt", "But a language without words.", "But a language without words."),
        ("en", "But", "But"),
    ],
)
def test_a_title_stands_without_the_word_that_ties_it(language: str, said: str, alone: str) -> None:
    assert untied(said, language) == alone


@pytest.mark.parametrize(
    "said",
    [
        "So far, has anybody asked?",
        "So many people came?",
        "So much for the theory, but what about practice?",
        "But for him we would all have drowned.",
        "But - the ferry had left.",
        "So what?",
    ],
)
def test_a_word_that_is_no_tie_stays_in_the_title(said: str) -> None:
    assert untied(said, "en") == said


def test_a_name_keeps_its_small_letter_at_the_beginning_of_a_title() -> None:
    assert untied("But iPhones were new then.", "en") == "iPhones were new then."


def test_a_word_that_recognition_stretched_over_a_silence_loses_it() -> None:
    words = (
        TimedWord(start=0, end=4, text="The"),
        TimedWord(start=4, end=4.4, text="ferry"),
        TimedWord(start=4.4, end=9, text="came."),
        TimedWord(start=9, end=13, text="Nobody"),
        TimedWord(start=13, end=13.4, text="saw."),
    )
    the, _, came, nobody, _ = timed_words([Cue(start=0, end=14, text="-", words=words)])

    assert (the.end, came.start, nobody.end) == (4, 4.4, 13)
    assert the.start > 2.5
    assert came.end < 6
    assert nobody.start > 11


_WHOLE = "The harbour was quiet that morning and the boats lay still."


def _told(*sentences: str) -> list[Cue]:
    cues, start = list[Cue](), 0.0
    for sentence in sentences:
        cues.append(Cue(start=start, end=start + 0.4 * len(sentence.split()), text=sentence))
        start = cues[-1].end + 0.3
    return cues


def _first_and_last(cues: list[Cue], clip: Clip) -> tuple[str, str]:
    inside = [one for one in cues if clip.start <= one.start and one.end <= clip.end + 0.1]
    return inside[0].text, inside[-1].text


def test_a_whole_thought_comes_before_a_stronger_piece_of_one() -> None:
    piece = "why nobody never knew seven secrets of nine hundred million ferries and"
    cues = _told(_WHOLE, _WHOLE, piece, "the rest of it that nobody heard.", _WHOLE, _WHOLE)

    best, *_ = choose_moments(cues, ClipLimits(count=3, least=4, most=5.6))

    assert _first_and_last(cues, best) == (_WHOLE, _WHOLE)


@pytest.mark.parametrize(
    "last",
    [
        "What did seven of the towns do then, after the boats were gone?",
        "Let me give you two reasons.",
        "Nobody took the ferry any more after nine months of that winter.",
    ],
)
def test_no_clip_ends_before_what_its_last_sentence_needs(last: str) -> None:
    cues = _told(_WHOLE, last, "Because a bridge stood there.", _WHOLE)
    # Either the first three sentences or the first two have the wanted length.
    best, *_ = choose_moments(cues, ClipLimits(least=cues[1].end - 0.1, most=cues[2].end + 0.6))

    assert _first_and_last(cues, best)[1] != last
