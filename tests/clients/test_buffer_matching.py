"""Whether a post found in Buffer is ours."""

from datetime import timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from galley.clients.buffer.matching import is_near, is_ours
from galley.models.channel import Delivery, ShareMode
from galley.models.publishing import BufferPost, PostRequest
from tests.clients.buffer_answers import CHANNEL, DUE, a_request

WORDS = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="/"), min_size=1, max_size=8
)
SLUGS = st.text("abcdefghij-", min_size=1, max_size=60)
LINKS = st.builds(
    "https://{}.example/{}?id={}".format,
    st.sampled_from(["news", "blog", "www.shop"]),
    SLUGS,
    st.integers(0, 9999),
)
ENDINGS = st.sampled_from(["", ".", ")", "!", "。", "),"])
SPACES = st.sampled_from([" ", "\n", "\n\n", "  "])


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, str]:
    """Give a text, and the same text after a link shortener went over it."""
    sent, found = "", ""
    for _ in range(draw(st.integers(0, 6))):
        space = draw(SPACES)
        if draw(st.booleans()):
            word = draw(WORDS)
            sent, found = sent + word + space, found + word + space
        else:
            link, ending = draw(LINKS), draw(ENDINGS)
            token = draw(st.text("abcXYZ0189", min_size=1, max_size=10))
            sent = f"{sent}{link}{ending}{space}"
            found = f"{found}https://buff.ly/{token}{ending}{space}"
    return sent, found


def found_as(request: PostRequest, **changes: object) -> BufferPost:
    """Return the post Buffer would hold for ``request``."""
    fields: dict[str, object] = {
        "id": "64c000000000000000000001",
        "channel_id": request.channel_id,
        "status": "scheduled",
        "text": request.text,
        "due_at": request.due_at,
    }
    return BufferPost.model_validate({**fields, **changes})


@given(texts())
def test_a_post_is_known_again_as_it_was_sent(text: tuple[str, str]) -> None:
    request = a_request(text=text[0])

    assert is_ours(found_as(request), request)


@given(texts())
def test_a_post_is_known_again_through_a_link_shortener(text: tuple[str, str]) -> None:
    request = a_request(text=text[0])

    assert is_ours(found_as(request, text=text[1]), request)


@given(texts(), st.sampled_from(["\r\n", "\r", "\n"]), st.sampled_from(["", " ", "\n"]))
def test_line_ends_and_outer_space_do_not_matter(
    text: tuple[str, str], line_end: str, around: str
) -> None:
    request = a_request(text=text[0])
    changed = around + text[0].replace("\n", line_end) + around

    assert is_ours(found_as(request, text=changed), request)


@given(texts(), texts())
@example(("Read this", ""), ("Read", ""))
@example(("", ""), ("a", ""))
def test_a_post_with_other_words_is_not_ours(
    ours: tuple[str, str], theirs: tuple[str, str]
) -> None:
    assume(ours[0].split() != theirs[0].split())
    assume(ours[1].split() != theirs[1].split())
    words = [[w for w in text.split() if "://" not in w] for text, _ in (ours, theirs)]
    links = [text.count("://") for text, _ in (ours, theirs)]
    assume(words[0] != words[1] or links[0] != links[1])
    request = a_request(text=ours[0])

    assert not is_ours(found_as(request, text=theirs[0]), request)


@given(WORDS, texts(), st.integers(0, 6))
def test_one_more_word_makes_another_post(word: str, text: tuple[str, str], place: int) -> None:
    words = text[1].split()
    words.insert(place, word)
    request = a_request(text=text[0])

    assert not is_ours(found_as(request, text=" ".join(words)), request)


@given(st.timedeltas(timedelta(seconds=1, microseconds=1), timedelta(days=9)))
def test_a_post_at_another_time_is_not_ours(apart: timedelta) -> None:
    request = a_request()

    assert not is_ours(found_as(request, due_at=DUE + apart), request)
    assert not is_ours(found_as(request, due_at=DUE - apart), request)


def test_a_post_that_missed_its_time_before_it_was_created_is_still_ours() -> None:
    request = a_request()
    late = {"created_at": DUE + timedelta(minutes=1)}
    early = {"created_at": DUE - timedelta(minutes=1)}
    moved = found_as(request, due_at=DUE + timedelta(minutes=2))

    assert is_ours(moved.model_copy(update=late), request)
    assert not is_ours(moved.model_copy(update=early), request)


@given(st.timedeltas(timedelta(0), timedelta(seconds=1)))
def test_buffer_may_cut_off_milliseconds(cut: timedelta) -> None:
    request = a_request(due_at=DUE + cut)

    assert is_ours(found_as(request, due_at=DUE), request)


@given(st.text(max_size=30))
def test_a_post_on_another_channel_is_not_ours(channel: str) -> None:
    assume(channel != CHANNEL)
    request = a_request()

    assert not is_ours(found_as(request, channel_id=channel), request)


QUEUED = st.sampled_from(
    [
        *(Delivery(mode=mode) for mode in ShareMode if mode != "customScheduled"),
        *(Delivery(mode=mode, save_to_draft=True) for mode in ShareMode),
    ]
)


@given(QUEUED, st.none() | st.timedeltas(timedelta(-9), timedelta(days=900)))
def test_where_buffer_or_a_person_says_when_any_time_may_be_ours(
    delivery: Delivery, apart: timedelta | None
) -> None:
    request = a_request(delivery=delivery)
    due_at = None if apart is None else DUE + apart

    assert is_ours(found_as(request, due_at=due_at), request)
    assert not is_ours(found_as(request, due_at=due_at, text="Another"), request)


def test_a_post_that_waits_for_approval_shows_no_time_and_is_ours() -> None:
    request = a_request(delivery=Delivery(needs_approval=True))

    assert is_ours(found_as(request, due_at=None), request)
    assert not is_ours(found_as(request, due_at=DUE + timedelta(hours=1)), request)


def test_a_thread_is_known_again_by_its_first_post() -> None:
    request = a_request(text="one", thread=("one", "two"))

    assert is_ours(found_as(request), request)
    assert not is_ours(found_as(request, text="two"), request)


def test_a_draft_without_a_due_time_is_not_ours() -> None:
    request = a_request()

    assert not is_ours(found_as(request, due_at=None), request)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("(https://en.example/wiki/A_(b)).", "(https://buff.ly/1aB)."),
        ("(https://en.example/wiki/A_(b)).", "(https://buff.ly/1aB))."),
        ("見て:https://news.example/a/bを", "見て:https://buff.ly/1aBを"),
        ("https://a.example/x?id=1", "https://a.example/x?id=1&utm_source=buffer"),
        ("https://a.example/x", "https://a.example/x/?utm_source=x&utm_medium=s"),
        ("HTTPS://A.example/x", "https://buff.ly/1aB"),
        ("https://a.example/x,https://b.example/y", "https://b.ly/1,https://b.ly/2"),
        ("Cafe\u0301", "Caf\u00e9"),
    ],
)
def test_a_rewritten_link_is_still_ours(ours: str, theirs: str) -> None:
    request = a_request(text=ours)

    assert is_ours(found_as(request, text=theirs), request)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("https://a.example/x?id=1", "https://a.example/x?id=12"),
        ("https://a.example/x?id=1", "https://a.example/x?id=2"),
        ("https://a.example/x", "https://a.example/x?id=2"),
        ("https://a.example/x", "https://a.example/y"),
        ("https://a.example/x", "https://a.example/x#other"),
        ("https://a.example/x", "https://b.example/another/article"),
        ("https://a.example/x", "https://b.example/another-long-article-of-theirs"),
        ("https://a.example/x", "https://"),
        ("https://a.example/x", "https://[oops/1"),
        ("https://a.example/x", "buff.ly/1aB"),
        ("https://a.example/x", ""),
        ("read a.example/x", "read https://buff.ly/1aB"),
        ("https://a.example/x!", "https://buff.ly/1aB?"),
    ],
)
def test_a_link_to_another_page_makes_another_post(ours: str, theirs: str) -> None:
    request = a_request(text=ours)

    assert not is_ours(found_as(request, text=theirs), request)


def test_what_a_person_may_have_made_of_a_post_is_near() -> None:
    request = a_request(text="Fish & chips")
    later = DUE + timedelta(days=1)

    altered = found_as(request, text="Fish &amp; chips")
    assert not is_ours(altered, request)
    assert is_near(altered, request)
    assert is_near(found_as(request, due_at=later), request)
    assert not is_near(found_as(request, due_at=later, text="Other words"), request)
    assert not is_near(found_as(request, channel_id="elsewhere"), request)


def test_without_a_due_time_other_words_are_another_post() -> None:
    queued = a_request(delivery=Delivery(mode=ShareMode.ADD_TO_QUEUE))

    assert not is_near(found_as(queued, text="Other words"), queued)
