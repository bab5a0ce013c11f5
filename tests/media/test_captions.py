"""Captions show every word once, one at a time, and nothing of them is markup."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galley.media.captions import Frame, captions_of, require_letters
from galley.media.errors import MediaError
from galley.media.typefaces import FAMILIES, bundled
from galley.models.source import Cue
from galley.sources.spoken_words import Said, timed_words
from tests.undrawn import named, undrawn_letter

_FRAME = Frame()
_EVENT = re.compile(r"Dialogue: 0,([\d:.]+),([\d:.]+),Said,,0,0,0,,(.*)")
_TAG = re.compile(r"\{\\[^{}]*\}")


def _events(captions: str) -> list[tuple[float, float, str]]:
    return [(_seconds(start), _seconds(end), text) for start, end, text in _EVENT.findall(captions)]


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _captions(text: str, seconds: float = 6.0) -> list[tuple[float, float, str]]:
    words = timed_words([Cue(start=0, end=seconds, text=text)])
    return _events(captions_of(words, 0, seconds, _FRAME))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=12), st.floats(0.2, 30))
def test_captions_never_overlap_nor_hold_markup(texts: list[str], most: float) -> None:
    words = [Said(at * 0.4, at * 0.4 + 0.5, text) for at, text in enumerate(texts)]

    captions = captions_of(words, 0, most, _FRAME)

    events = _events(captions)
    assert len(events) == captions.count("\nDialogue:")
    last = 0.0
    for start, end, text in events:
        assert last <= start < end <= most + 0.011
        last = end
        assert not re.search(r"[{}\\]", _TAG.sub("", text).replace("\\N", ""))


def test_each_word_is_coloured_while_it_is_said() -> None:
    spoken = [re.findall(r"D5FF&\}([^{]*)\{", text) for *_, text in _captions("a b c")]

    assert spoken == [["a"], ["b"], ["c"]]


def test_a_caption_has_two_lines_at_most_and_ends_with_its_sentence() -> None:
    for *_, text in _captions("So it goes. The harbour was quiet on that cold morning."):
        lines = _TAG.sub("", text).split("\\N")
        assert len(lines) <= 2
        assert all(len(line) <= 15 for line in lines)
        assert "goes. The" not in " ".join(lines)


@pytest.mark.parametrize(
    "said",
    ["The old harbour had one ferry.", "Nobody waits for a ferry that tells them when it comes."],
)
def test_no_word_of_a_sentence_is_left_over_alone(said: str) -> None:
    shown = {_TAG.sub("", text).replace("\\N", " ") for *_, text in _captions(said)}

    assert all(len(one.split()) > 1 for one in shown)
    assert max(map(len, shown)) - min(map(len, shown)) < 15


def test_japanese_is_coloured_by_phrases_and_not_by_slices() -> None:
    words = [
        Said(0, 1, "時刻表"),
        Said(1, 2, "は予測で"),
        Said(2, 3, "はなく約"),
        Said(3, 4, "束です。"),
    ]

    events = _events(captions_of(words, 0, 5, _FRAME, "ja"))

    spoken = [found[1] for *_, text in events if (found := re.search(r"D5FF&\}([^{]*)\{", text))]
    assert spoken == ["時刻表は", "予測ではなく", "約束です。"]


def test_a_word_too_long_for_a_line_is_lettered_smaller() -> None:
    (_, _, text), *_ = _captions("Donaudampfschifffahrtsgesellschaft")

    size = re.search(r"\\fs(\d+)", text)
    assert size
    assert int(size[1]) < _FRAME.size / 2


def test_lines_of_wide_letters_hold_half_as_many() -> None:
    lines = [
        line
        for *_, text in _captions("你好世界我们走吧你好世界我们走吧")
        for line in _TAG.sub("", text).split("\\N")
    ]

    assert max(map(len, lines)) == 8


def test_captions_count_from_the_beginning_of_the_clip() -> None:
    words = [Said(9.5, 10.5, "before"), Said(11, 12, "in"), Said(20, 21, "after")]

    assert [event[:2] for event in _events(captions_of(words, 10, 20, _FRAME))] == [(1.0, 2.2)]


def test_captions_that_a_title_stands_for_are_not_shown() -> None:
    words = [Said(at * 0.5, at * 0.5 + 0.4, f"word{at}") for at in range(8)]
    events = _events(captions_of(words, 0, 4, _FRAME, begin=2.2))

    assert events[0][0] == 2.2
    assert "word4" in events[0][2]
    assert len(events) == 4


def test_letters_that_no_font_has_are_told_before_anything_is_encoded() -> None:
    require_letters([Said(0, 1, "Plain"), Said(1, 2, "Привет"), Said(2, 3, "🎉")])
    letter = undrawn_letter()
    with pytest.raises(MediaError, match=f"captions cannot be drawn.*{named(letter)}"):
        require_letters([Said(0, 1, letter)])


_FACE = re.compile(r"\\fn([\w ]+)")
_IN_SCRIPTS = "abc 25% ?!. יום שינה יום? نعم ۲۵ يوم؟ می\u200cخواهم नींद ไทย 🙂"  # noqa: RUF001 -- Arabic


@given(st.text(alphabet=_IN_SCRIPTS, min_size=1, max_size=20))
def test_no_letter_is_lettered_in_a_font_that_lacks_it(said: str) -> None:
    drawn = dict(zip(FAMILIES, bundled(), strict=True))
    for *_, text in _captions(said):
        family = "Inter"
        for tag, letters in re.findall(r"(\{[^{}]*\})|([^{}]+)", text):
            family = found[1] if (found := _FACE.search(tag)) else family
            plain = re.sub("[ \u200c-\u200f]", "", letters.replace("\\N", ""))
            assert set(map(ord, plain)) <= drawn[family]


@pytest.mark.parametrize(
    ("said", "mark"),
    [
        ("(brain) هكذا يعمل الدماغ كل يوم", "\u200f"),
        ("So they say שלום at every door", "\u200e"),
        ("Nobody turns this around", ""),
    ],
)
def test_each_line_is_read_in_the_direction_of_most_that_is_said(said: str, mark: str) -> None:
    lines = [line for *_, text in _captions(said) for line in text.split("\\N")]

    assert all(line[:1] == mark if mark else line[:1] in "{SNta" for line in lines)


def test_a_number_among_letters_without_spaces_stays_whole_and_close_to_them() -> None:
    said = "なぜ私たちは毎日25分の睡眠が必要なのでしょうか。"
    shown = {_TAG.sub("", text).replace("\\N", "") for *_, text in _captions(said)}

    assert all(" " not in one for one in shown)
    assert any("毎日25分" in one for one in shown)
    assert all(one[:1] not in "ょっー。" for one in shown)
