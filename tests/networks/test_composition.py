"""The final text: body, link and hashtags as each network wants them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.network import Platform
from galley.networks.checks import check_text
from galley.networks.composition import body_budget, compose
from galley.networks.registry import rules_for
from galley.networks.rules import LinkPlacement
from galley.networks.text import hashtags_in
from tests.networks.texts import thorough

_LINK = "https://example.com/article?id=1"
_words = st.text(alphabet="abcdef ", min_size=1, max_size=20).filter(str.strip)
_tags = st.lists(_words, max_size=8).map(tuple)
_bodies = st.text(alphabet="abc .\n\u00e9", max_size=60)
_links = st.sampled_from(["", _LINK, "https://a.co"])


def _compose(platform: Platform, body: str, tags: tuple[str, ...] = ()) -> str:
    return compose(rules_for(platform), body, tags, _LINK)


def test_link_and_hashtags_follow_the_body() -> None:
    assert _compose(Platform.X, " News. ", ("#one", "two")) == (f"News.\n\n{_LINK}\n\n#one #two")


def test_mastodon_gets_capitals_inside_hashtags() -> None:
    assert _compose(Platform.MASTODON, "News.", ("open source",)).endswith("#OpenSource")
    assert _compose(Platform.FACEBOOK, "News.", ("open source",)).endswith("#opensource")


def test_a_link_in_the_body_is_not_repeated() -> None:
    body = f"Read {_LINK} today"

    assert _compose(Platform.BLUESKY, body) == body


def test_a_link_that_only_starts_like_the_one_in_the_body_is_added() -> None:
    assert _compose(Platform.BLUESKY, f"Read {_LINK}23").endswith(f"\n\n{_LINK}")


def test_a_hashtag_in_the_body_is_not_repeated_and_counts() -> None:
    assert _compose(Platform.THREADS, "We like #Tea", ("tea", "milk")) == (
        f"We like #Tea\n\n{_LINK}"
    )


def test_windows_line_breaks_become_plain_ones() -> None:
    assert compose(rules_for(Platform.X), "a\r\nb\rc", (), None) == "a\nb\nc"


@thorough
@given(st.sampled_from(Platform), _bodies, _tags, _links)
def test_the_link_stands_in_the_text_only_where_it_belongs(
    platform: Platform, body: str, tags: tuple[str, ...], link: str
) -> None:
    rules = rules_for(platform)
    final = compose(rules, body, tags, link)

    wanted = bool(link) and rules.link is LinkPlacement.IN_TEXT
    assert final.count("https://") == int(wanted)
    assert final.startswith(body.strip())


@thorough
@given(st.sampled_from(Platform), _bodies, _tags, _links)
def test_hashtags_stay_within_the_networks_number(
    platform: Platform, body: str, tags: tuple[str, ...], link: str
) -> None:
    rules = rules_for(platform)
    found = hashtags_in(compose(rules, body, tags, link))

    assert len(found) == len({tag.casefold() for tag in found})
    if rules.max_hashtags is not None:
        assert len(found) <= rules.max_hashtags


@thorough
@given(st.sampled_from(Platform), _bodies, _tags, _links)
def test_composing_twice_changes_nothing(
    platform: Platform, body: str, tags: tuple[str, ...], link: str
) -> None:
    rules = rules_for(platform)
    once = compose(rules, body, tags, link)

    assert compose(rules, once, tags, link) == once


@thorough
@given(st.sampled_from(Platform), _tags, _links)
def test_a_plain_body_within_its_budget_fits(
    platform: Platform, tags: tuple[str, ...], link: str
) -> None:
    rules = rules_for(platform)
    budget = body_budget(rules, tags, link)

    assert budget > 0
    assert check_text(platform, compose(rules, "a" * budget, tags, link)).ok
    assert not check_text(platform, compose(rules, "a" * (budget + 1), tags, link)).ok


def test_a_servers_own_limit_changes_the_budget() -> None:
    rules = rules_for(Platform.MASTODON)

    assert body_budget(rules, (), "", limit=1000) == 1000
    assert body_budget(rules, (), _LINK, limit=20) == 0


@pytest.mark.parametrize("platform", list(Platform))
def test_without_link_and_hashtags_the_body_has_all_the_room(platform: Platform) -> None:
    rules = rules_for(platform)

    assert body_budget(rules, (), "") == rules.text_limit
