# ruff: noqa: RUF001 - look-alike letters are what is tested
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.media.typefaces import drawable, draws, needs_system_fonts, phrased, shortened
from galley.networks.graphemes import count_graphemes


@pytest.mark.parametrize(
    "text",
    [
        "Crème brûlée à Łódź, smörgåsbord, ő",
        "Очередь умерла: «всё помнит»",
        "Η ουρά πέθανε",
        "Chúng tôi đã chuyển hàng đợi",
        "“Quotes” — dashes… 50 € → ½",
    ],
)
def test_latin_greek_and_cyrillic_stay_as_they_are(text: str) -> None:
    assert drawable(text) == text
    assert not needs_system_fonts(text)


@pytest.mark.parametrize(
    ("text", "lettered"),
    [
        ("Step 1️⃣ of 2️⃣", "Step 1 of 2"),
        ("I ❤️ it", "I ❤ it"),
        ("𝗕𝗼𝗹𝗱 claim", "Bold claim"),
        ("持久：订单，重启！", "持久：订单，重启！"),
        ("Ｗｉｄｅ！", "Wide!"),
        ("two\n lines\tand\u00a0tabs", "two lines and tabs"),
        ("\u202egnp.exe\u202c\u200b\ufeff", "gnp.exe"),
        ("Egypt 𓏞\U0001f774", "Egypt 𓏞"),
    ],
)
def test_what_no_font_has_and_is_no_letter_is_left_out(text: str, lettered: str) -> None:
    assert drawable(text) == lettered


@pytest.mark.parametrize(
    "text",
    [
        "שום הזמנה לא אובדת",
        "لا تفقد أي طلب",
        "टिकाऊ निष्पादन",
        "การทำงานที่ทนทาน",
        "🚀 Launch 👩‍👩‍👧 day 🇩🇪 👍🏽",
    ],
)
def test_emoji_and_the_scripts_that_come_with_galley_need_no_other_font(text: str) -> None:
    assert drawable(text) == text
    assert not needs_system_fonts(text)


@pytest.mark.parametrize("text", ["持久执行", "ሰላም", "வணக்கம்", "안녕하세요"])
def test_letters_of_other_scripts_stay_and_are_known(text: str) -> None:
    assert drawable(text) == text
    assert needs_system_fonts(text)


def test_a_letter_keeps_only_so_many_marks() -> None:
    assert len(drawable("e" + "\u0301\u0323" * 500)) <= 8


@given(st.text(st.characters(categories=["So", "Sk", "Cc", "Cf", "Co", "Cn"])))
def test_no_pictogram_that_has_no_font_is_left(text: str) -> None:
    assert all(map(draws, drawable(text)))


@given(st.text())
def test_drawable_text_is_one_line_and_stable(text: str) -> None:
    lettered = drawable(text)
    assert lettered == " ".join(lettered.split())
    assert drawable(lettered) == lettered


@pytest.mark.parametrize(
    ("language", "text", "phrases"),
    [
        ("ja", "時刻表は予測ではなく約束です。", ["時刻表は", "予測ではなく", "約束です。"]),
        ("zh-TW", "今天是晴天。", ["今天", "是", "晴天。"]),
        ("en", "A queue is a promise.", ["A queue is a promise."]),
    ],
)
def test_scripts_without_spaces_break_between_phrases(
    language: str, text: str, phrases: list[str]
) -> None:
    assert phrased(text, language).split("\u200b") == phrases


@given(st.text(max_size=60), st.integers(min_value=1, max_value=40))
def test_a_shortened_text_keeps_its_limit(text: str, limit: int) -> None:
    assert count_graphemes(shortened(text, limit)) <= limit


def test_a_text_is_cut_between_words() -> None:
    assert shortened("one two, three", 10) == "one two…"
