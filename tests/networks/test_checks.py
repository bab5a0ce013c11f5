"""Texts and drafts against the rules of their channel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.channel import Board, Channel
from galley.models.draft import Draft
from galley.models.network import Platform
from galley.networks.checks import check_draft, check_text
from galley.networks.registry import rules_for
from tests.networks.texts import any_text, thorough

_BOARDS = (Board(service_id="1", name="Ideas"), Board(service_id="2", name="Recipes"))


def _channel(platform: Platform, max_characters: int | None = None) -> Channel:
    return Channel(
        id="c1",
        name="Test channel",
        platform=platform,
        max_characters=max_characters,
        boards=_BOARDS if platform is Platform.PINTEREST else (),
    )


def _messages(platform: Platform, draft: Draft) -> list[str]:
    return [problem.message for problem in check_draft(draft, _channel(platform))]


def _draft(text: str = "Fine.", **fields: object) -> Draft:
    return Draft.model_validate({"text": text, "title": "A title", **fields})


@pytest.mark.parametrize("platform", list(Platform))
def test_a_short_draft_is_fine_everywhere(platform: Platform) -> None:
    assert _messages(platform, _draft(alt_text="A card", link="https://a.co")) == []


@pytest.mark.parametrize("platform", list(Platform))
def test_a_text_at_the_limit_fits_and_one_more_does_not(platform: Platform) -> None:
    limit = rules_for(platform).text_limit

    assert check_text(platform, "a" * limit).ok
    report = check_text(platform, "a" * (limit + 1))
    assert not report.ok
    assert report.problems[0].message.endswith("shorten it by 1.")


@thorough
@given(st.sampled_from(Platform), any_text)
def test_any_text_gets_an_answer(platform: Platform, text: str) -> None:
    report = check_text(platform, text)

    assert report.ok == (not report.problems)
    assert report.length >= 0
    assert report.model_dump_json()


@thorough
@given(st.sampled_from(Platform), any_text, st.lists(any_text, max_size=3), any_text)
def test_each_problem_is_one_sentence(
    platform: Platform, text: str, thread: list[str], title: str
) -> None:
    draft = Draft(text=text, thread=tuple(thread), title=title, link=title)
    for problem in check_draft(draft, _channel(platform)):
        assert problem.message.endswith(".")
        assert "\n" not in problem.message
        assert problem.rule


@pytest.mark.parametrize("text", ["", "  \n\t", "\u200b", "\u200d \ufeff"])
def test_an_empty_text_is_refused(text: str) -> None:
    report = check_text(Platform.FACEBOOK, text)

    assert [problem.rule for problem in report.problems] == ["empty"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("a\x00b", "U+0000"), ("a\x1bb", "U+001B"), ("a\x7f", "U+007F"), ("\ud83d", "U+D83D")],
)
def test_characters_that_cannot_be_sent_are_named(text: str, code: str) -> None:
    report = check_text(Platform.LINKEDIN, text)

    assert [problem.message for problem in report.problems] == [
        f"The text has characters that cannot be sent: remove {code}."
    ]


def test_line_breaks_and_tabs_can_be_sent() -> None:
    assert check_text(Platform.LINKEDIN, "a\r\nb\tc\rd").ok


def test_hashtags_beyond_the_networks_number_are_refused() -> None:
    assert _messages(Platform.INSTAGRAM, _draft("#a #b #c #d #e #f #g")) == [
        "The text has 7 hashtags and Instagram allows 5: remove 2."
    ]


def test_a_bluesky_hashtag_has_at_most_64_characters() -> None:
    assert check_text(Platform.BLUESKY, f"#{'a' * 64}").ok
    assert not check_text(Platform.BLUESKY, f"#{'a' * 65}").ok


def test_threads_takes_five_different_links() -> None:
    same = " ".join(["https://a.co/1"] * 6)
    different = " ".join(f"https://a.co/{number}" for number in range(6))

    assert check_text(Platform.THREADS, same).ok
    assert [p.message for p in check_text(Platform.THREADS, different).problems] == [
        "Threads takes 5 different links in a post and the text has 6: remove 1."
    ]


def test_a_telephone_number_is_refused_on_google_business_only() -> None:
    text = "Call (212) 555-0199 today"

    assert "telephone" in _messages(Platform.GOOGLEBUSINESS, _draft(text))[0]
    assert _messages(Platform.FACEBOOK, _draft(text)) == []


def test_youtube_takes_no_angle_brackets_in_text_and_title() -> None:
    found = _messages(Platform.YOUTUBE, _draft("a > b", title="<b>"))

    assert len(found) == 2
    assert found[1].startswith("Title: ")


def test_youtube_needs_a_title() -> None:
    assert _messages(Platform.YOUTUBE, _draft(title=" ")) == [
        "YouTube needs a title: write one of at most 100 characters."
    ]
    assert _messages(Platform.PINTEREST, _draft(title="")) == []


@pytest.mark.parametrize(
    ("platform", "limit"),
    [(Platform.YOUTUBE, 100), (Platform.PINTEREST, 100), (Platform.TIKTOK, 90)],
)
def test_a_title_has_its_own_limit(platform: Platform, limit: int) -> None:
    assert _messages(platform, _draft(title="t" * limit)) == []
    assert _messages(platform, _draft(title="t" * (limit + 2))) == [
        f"The title is {limit + 2} of {limit} characters: shorten it by 2."
    ]


@pytest.mark.parametrize(
    ("platform", "limit"),
    [(Platform.LINKEDIN, 300), (Platform.PINTEREST, 500), (Platform.MASTODON, 1000)],
)
def test_alt_text_has_its_own_limit(platform: Platform, limit: int) -> None:
    assert _messages(platform, _draft(alt_text="t" * limit)) == []
    assert len(_messages(platform, _draft(alt_text="t" * (limit + 1)))) == 1


@pytest.mark.parametrize(
    "link", ["example.com", "ftp://a.co", "https://", "http://[", "https://a.co/a b"]
)
def test_a_pin_leads_to_a_web_address(link: str) -> None:
    assert _messages(Platform.PINTEREST, _draft(link=link)) == [
        "The link is not a web address: give a full one, with https://."
    ]


def test_a_pins_link_has_at_most_2048_characters() -> None:
    base = "https://example.com/"

    assert _messages(Platform.PINTEREST, _draft(link=base + "a" * 2028)) == []
    assert len(_messages(Platform.PINTEREST, _draft(link=base + "a" * 2029))) == 1


def test_a_pin_goes_to_a_board_the_channel_has() -> None:
    assert _messages(Platform.PINTEREST, _draft(board="Recipes")) == []
    assert _messages(Platform.PINTEREST, _draft(board="Cars")) == [
        "There is no board 'Cars': choose one of Ideas, Recipes."
    ]


def test_a_pinterest_channel_without_boards_takes_nothing() -> None:
    channel = Channel(id="c1", name="Pins", platform=Platform.PINTEREST)

    assert [problem.rule for problem in check_draft(_draft(), channel)] == ["board"]


def test_a_mastodon_servers_own_limit_counts() -> None:
    long = _draft("a" * 600)

    assert check_draft(long, _channel(Platform.MASTODON, 1000)) == ()
    assert len(check_draft(long, _channel(Platform.MASTODON))) == 1
    assert len(check_draft(long, _channel(Platform.MASTODON, 0))) == 1
    assert len(check_draft(_draft("a" * 200), _channel(Platform.MASTODON, 150))) == 1


def test_a_limit_reported_for_another_network_is_not_taken() -> None:
    assert len(check_draft(_draft("a" * 600), _channel(Platform.THREADS, 1000))) == 1


def test_every_post_of_a_thread_is_checked() -> None:
    thread = ("one", "b" * 300, "")

    assert _messages(Platform.X, _draft("one", thread=thread)) == [
        (
            "Post 2 of the thread: The text is 300 of 280 characters by X's weighted "
            "count: shorten it by 20."
        ),
        "Post 3 of the thread: The text is empty: write something.",
    ]


def test_a_threads_first_post_is_the_text() -> None:
    assert _messages(Platform.BLUESKY, _draft("one", thread=("two", "three"))) == [
        "The text differs from the thread's first post: make them the same."
    ]


def test_a_thread_has_at_most_25_posts() -> None:
    assert _messages(Platform.MASTODON, _draft("a", thread=("a",) * 25)) == []
    assert _messages(Platform.MASTODON, _draft("a", thread=("a",) * 27)) == [
        "The thread has 27 of 25 posts: remove 2, or about 2 characters."
    ]


def test_a_thread_is_refused_where_there_are_none() -> None:
    assert _messages(Platform.LINKEDIN, _draft("a", thread=("a", "b"))) == [
        "LinkedIn has no threads: put everything into the text."
    ]
