"""Long texts as threads: within every limit, in order, and parted where one reads."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galley.models.channel import Channel
from galley.models.draft import Draft
from galley.models.network import MastodonExtras, Platform
from galley.networks.breaks import Rank, breaks_in, sentence_spans
from galley.networks.checks import check_draft
from galley.networks.graphemes import clusters
from galley.networks.registry import rules_for
from galley.networks.split import Thread, closing_of, thread_of, without_numbers
from galley.networks.text import hashtags_in, links_in
from tests.networks.texts import FAMILY, FLAG, KEYCAP, WAVE, any_text

THREADED = (Platform.X, Platform.THREADS, Platform.BLUESKY, Platform.MASTODON)
LINK = "https://ferry.example/notes/eleven-tickets"

# Letters, what stands between words, and what ends a sentence.
SCRIPTS = {
    "latin": ("abcdefghijklmnoprstuvwz\u00e9\u00fc", " ", ".!?\u2026"),
    "cyrillic": ("\u0430\u0431\u0432\u0433\u0434\u0435\u0436\u0437\u0438", " ", ".!?"),
    "greek": ("\u03b1\u03b2\u03b3\u03b4\u03b5\u03b6\u03b7\u03b8", " ", ".!;"),
    "hebrew": ("\u05d0\u05d1\u05d2\u05d3\u05d4\u05d5\u05d6", " ", ".!?"),
    "arabic": ("\u0627\u0628\u062a\u062b\u062c\u062d\u062e\u064e", " ", ".!\u061f"),
    "devanagari": ("\u0915\u094d\u0937\u093f\u092e\u0928\u0924\u0947", " ", "\u0964?"),
    "thai": ("\u0e01\u0e49\u0e33\u0e19\u0e21\u0e35\u0e1b", "", " "),
    "chinese": ("\u65e5\u672c\u8bed\u8a9e\u6587\u5b57\u4e2d", "", "\u3002\uff01\uff1f"),
    "japanese": ("\u3042\u3044\u3046\u30ab\u30ad\u30af\u3063", "", "\u3002\uff01"),
    "korean": ("\uac00\ub098\ub2e4\ub77c\ub9c8\ubc14\uc0ac", " ", ".!?"),
}
SPECIAL = (LINK, "https://a.co/x", "#FerryNews", "@harbour", "@a@b.example", "$AAPL")
JAPANESE = "\u65e5\u672c\u8a9e" * 40
few = settings(max_examples=25, deadline=None)
EMOJI = (FAMILY, FLAG, KEYCAP, WAVE)


def thread(platform: Platform, *, numbered: bool = False, most: int = 25) -> Thread:
    return Thread(rules_for(platform).counts, most, numbered=numbered)


def channel(platform: Platform, max_characters: int | None = None) -> Channel:
    return Channel(id="c1", name="A channel", platform=platform, max_characters=max_characters)


def is_within(platform: Platform, text: str) -> bool:
    return all(c.of(text) <= c.limit for c in rules_for(platform).counts)


def squeezed(text: str) -> str:
    return "".join(text.split())


@st.composite
def prose(draw: st.DrawFn, script: str, most: int = 12) -> str:
    """Paragraphs of sentences of words, with links, tags, mentions and emoji."""
    letters, between, ends = SCRIPTS[script]
    word = st.text(letters, min_size=1, max_size=14)
    piece = st.one_of(word, word, word, st.sampled_from((*SPECIAL, *EMOJI)))
    paragraphs: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        sentences: list[str] = []
        for _ in range(draw(st.integers(1, most))):
            pieces = draw(st.lists(piece, min_size=1, max_size=20))
            # A link or a tag stands apart, as a writer would have it.
            spaced = [f" {p} " if p in SPECIAL else p for p in pieces]
            end = draw(st.sampled_from(ends))
            sentences.append(between.join(spaced).strip() + end)
        paragraphs.append((between or "").join(sentences))
    return "\n\n".join(paragraphs)


@pytest.mark.parametrize("script", SCRIPTS)
@few
@given(data=st.data(), platform=st.sampled_from(THREADED), numbered=st.booleans())
def test_each_post_fits_and_joined_they_are_the_text_with_no_link_tag_or_character_parted(
    script: str, data: st.DataObject, platform: Platform, *, numbered: bool
) -> None:
    text = data.draw(prose(script))

    posts = thread(platform, numbered=numbered).split([text])

    bare = without_numbers(posts) if len(posts) > 1 and numbered else posts
    assert squeezed("".join(bare)) == squeezed(text)
    assert [post for post in posts if not is_within(platform, post)] == []
    assert all(post.strip() for post in posts)
    together = "\n\n".join(bare)
    assert links_in(together) == links_in(text)
    assert hashtags_in(together) == hashtags_in(text)
    for special in SPECIAL:
        assert sum(post.count(special) for post in bare) == text.count(special)
    whole = [c for c in clusters(text) if not c.isspace()]
    assert [c for post in bare for c in clusters(post) if not c.isspace()] == whole


@given(text=any_text, platform=st.sampled_from(THREADED), numbered=st.booleans())
def test_no_text_is_lost_whatever_it_is(text: str, platform: Platform, *, numbered: bool) -> None:
    long = text * 30

    posts = thread(platform, numbered=numbered).split([long])

    bare = without_numbers(posts) if len(posts) > 1 and numbered else posts
    clean = long.replace("\r\n", "\n").replace("\r", "\n")
    assert squeezed("".join(bare)) == squeezed(clean)


@given(
    st.lists(st.text("abcdef", min_size=1, max_size=12), min_size=1, max_size=30),
    st.sampled_from(THREADED),
    st.integers(2, 40),
)
def test_a_sentence_that_fits_into_one_post_is_never_parted(
    words: list[str], platform: Platform, times: int
) -> None:
    sentences = [f"Number {n}, {', '.join(words)[:150]}, has ended." for n in range(times)]

    posts = thread(platform, most=1000).split([" ".join(sentences)])

    assert [s for s in sentences if not any(s in post for post in posts)] == []


def test_paragraphs_stay_whole_where_they_fit_and_fill_a_post() -> None:
    paragraphs = [f"Paragraph {n}. {'It goes on. ' * 12}".strip() for n in range(4)]

    posts = thread(Platform.X).split(["\n\n".join(paragraphs)])

    assert list(posts) == paragraphs


def test_paragraphs_are_parted_where_whole_ones_would_make_too_many_posts() -> None:
    paragraphs = [f"Paragraph {n}. {'It goes on. ' * 12}".strip() for n in range(9)]

    whole = thread(Platform.X).split(["\n\n".join(paragraphs)])
    fewer = thread(Platform.X, most=7).split(["\n\n".join(paragraphs)])

    assert (len(whole), len(fewer)) == (9, 6)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Dr. Moor paid 3.5 euros. He left.", ["euros. "]),
        ("\u65e5\u306f\u96e8\u3002\u65e5\uff01\u3044", ["\u3002", "\uff01"]),
        ("\u092f\u0939 \u090f\u0915\u0964 \u092f\u0939\u0964", ["\u0964 "]),
        ("\u0647\u0644 \u0647\u0630\u0627\u061f \u0646\u0639\u0645", ["\u061f "]),
        ("He asked: \u201cWhy?\u201d Nobody knew.", ["\u201d "]),
    ],
)
def test_a_sentence_ends_as_its_script_ends_it(text: str, ends: list[str]) -> None:
    found = [part.at for part in breaks_in(text) if part.rank <= Rank.SENTENCE]

    assert [text[:at].endswith(end) for at, end in zip(found, ends, strict=True)] == [
        True for _ in ends
    ]


def test_a_line_that_an_editor_wrapped_is_no_end_but_that_of_a_list_is() -> None:
    wrapped = f"{'word ' * 14}because both\nsimple reactions are wrong"
    listed = "- the first point\n- the second point"

    ranks = [{part.rank for part in breaks_in(text)} for text in (wrapped, listed)]

    assert Rank.LINE not in ranks[0]
    assert Rank.LINE in ranks[1]


def test_words_glued_to_a_link_can_still_be_parted() -> None:
    text = LINK + JAPANESE * 5

    posts = thread(Platform.BLUESKY).split([text])

    assert posts[0].startswith(LINK)
    assert [post for post in posts if not is_within(Platform.BLUESKY, post)] == []


def test_numbers_are_counted_also_when_they_grow_to_two_digits() -> None:
    sentence = f"{'a' * 275}."

    nine = thread(Platform.X, numbered=True).split([" ".join([sentence] * 9)])
    ten = thread(Platform.X, numbered=True).split([" ".join([sentence] * 10)])

    assert nine[-1] == f"{sentence} 9/9"
    assert len(ten) > 10
    assert ten[0].endswith(f" 1/{len(ten)}")
    assert all(is_within(Platform.X, post) for post in ten)


@pytest.mark.parametrize("sentences", range(8, 36))
def test_link_and_hashtags_stay_together_at_the_end_of_the_last_post(sentences: int) -> None:
    tail = f"{LINK}\n\n#FerryNews #HarbourNews #Boats"
    text = f"{'A sentence about boats. ' * sentences}The end.\n\n{tail}"

    posts = thread(Platform.BLUESKY).split([text], tail)

    assert posts[-1].endswith(tail)
    assert posts[-1] != tail
    assert all(LINK not in post for post in posts[:-1])


@pytest.mark.parametrize(
    "whole",
    ["#" + "\u65e5\u672c" * 40, "@" + "\u65e5\u672c" * 40, f"{LINK}?a=b,c;d"],
    ids=["hashtag", "mention", "link"],
)
def test_what_belongs_together_is_whole_where_a_line_might_break_anywhere(whole: str) -> None:
    text = f"{JAPANESE} {whole} {JAPANESE}"

    posts = thread(Platform.X).split([text])

    assert len(posts) > 1
    assert sum(whole in post for post in posts) == 1


def test_no_thread_ends_with_a_scrap() -> None:
    posts = thread(Platform.X).split([f"{'A sentence about boats. ' * 23}The end."])

    assert len(posts) == 3
    assert all(len(post) > 100 for post in posts)


def test_posts_that_were_given_stay_apart_and_only_the_long_one_is_parted() -> None:
    long = "A sentence about boats. " * 20

    posts = thread(Platform.X).split(["The hook.", long, "The end."])

    assert posts[0] == "The hook."
    assert posts[-1] == "The end."
    assert len(posts) == 4


def test_a_content_warning_takes_room_of_the_first_post() -> None:
    warning = MastodonExtras(spoiler="w" * 100)
    draft = Draft(text="A sentence of thirty letters. " * 40, extras=warning)

    found = thread_of(draft, channel(Platform.MASTODON), numbered=False)

    assert len(found.thread[0]) <= 400
    assert found.text == found.thread[0]
    assert check_draft(found, channel(Platform.MASTODON)) == ()


def test_a_server_with_longer_posts_gets_fewer_of_them() -> None:
    draft = Draft(text="A sentence of thirty letters. " * 60)

    usual = thread_of(draft, channel(Platform.MASTODON), numbered=False)
    longer = thread_of(draft, channel(Platform.MASTODON, 1000), numbered=False)

    assert (len(usual.thread), len(longer.thread)) == (4, 2)


@pytest.mark.parametrize("platform", sorted(set(Platform) - set(THREADED)))
def test_a_network_without_threads_keeps_its_long_text(platform: Platform) -> None:
    draft = Draft(text="A sentence. " * 1000)

    assert thread_of(draft, channel(platform), numbered=True) is draft


@pytest.mark.parametrize("sentences", range(8, 20))
def test_an_edited_text_keeps_its_links_and_hashtags_together(sentences: int) -> None:
    tail = f"{LINK}\n\n#FerryNews #HarbourNews #Boats"
    text = f"#Boats first.\n\n{'A sentence about boats. ' * sentences}\n\n{tail}\n"

    found = thread_of(Draft(text=text), channel(Platform.X), numbered=False)

    assert closing_of(text) == tail
    assert (found.thread or (found.text.strip(),))[-1].endswith(tail)


@pytest.mark.parametrize("text", ["", "#Tag", "A.\n\nB.", "A. #Tag", "\n\n#a"])
def test_a_text_without_a_paragraph_of_links_and_hashtags_ends_with_none(text: str) -> None:
    assert closing_of(text) == ""


def test_a_draft_that_fits_stays_as_it_is() -> None:
    draft = Draft(text="Short.")

    assert thread_of(draft, channel(Platform.X), numbered=True) is draft


def test_numbering_again_changes_nothing_and_follows_a_post_that_went() -> None:
    draft = Draft(text="A sentence about boats. " * 40)
    numbered = thread_of(draft, channel(Platform.X), numbered=True)
    again = thread_of(numbered, channel(Platform.X), numbered=True)
    shorter = (numbered.thread[0], *numbered.thread[2:])

    fewer = thread_of(Draft(text=shorter[0], thread=shorter), channel(Platform.X), numbered=True)

    assert again == numbered
    assert fewer.thread[0].endswith(f" 1/{len(shorter)}")
    assert all(a != b for a, b in pairwise(fewer.thread))


def test_a_text_for_more_than_25_posts_says_by_how_much() -> None:
    draft = Draft(text="A sentence of thirty letters. " * 300)

    found = thread_of(draft, channel(Platform.X), numbered=False)
    problems = check_draft(found, channel(Platform.X))

    over = len(found.thread) - 25
    assert over > 0
    assert [problem.rule for problem in problems] == ["thread"]
    assert f"remove {over}, or about " in problems[0].message


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "\u0301" * 20_000, "a. " * 33_000, "#a " * 20_000, "\u200d" * 9000],
    ids=["one-word", "marks", "sentences", "hashtags", "joiners"],
)
def test_a_hostile_text_is_split_in_reasonable_time(text: str) -> None:
    posts = thread(Platform.THREADS).split([text])

    assert squeezed("".join(posts)) == squeezed(text)


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("de", "Am Samstag, dem 17. Oktober. Oma kommt.", 2),
        ("da", "Den 17. oktober kommer vi. Ja.", 2),
        ("de", "Es kamen 17. Oma kam auch.", 2),
        ("en", "We were 17. May came, too.", 2),
    ],
)
def test_the_stop_of_a_day_ends_no_sentence(language: str, text: str, sentences: int) -> None:
    assert len(sentence_spans(text, language)) == sentences
