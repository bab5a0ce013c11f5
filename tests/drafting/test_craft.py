"""Craft per network, and the examples it shows."""

import pytest

from galley.drafting.craft import craft_of, craft_section
from galley.drafting.editorial import editorial_revision, set_rules
from galley.models.network import Platform
from galley.networks.checks import check_text
from galley.networks.registry import rules_for


@pytest.mark.parametrize("platform", Platform)
def test_a_good_example_keeps_its_networks_rules_and_its_own_advice(platform: Platform) -> None:
    craft = craft_of(platform)
    text = craft.good.text.strip()
    assert check_text(platform, text).ok
    assert len(text) <= craft.length[1]
    assert craft.good.headline
    assert craft.good.headline not in text
    assert len(craft.good.title) <= (rules_for(platform).title_limit or 0)


@pytest.mark.parametrize("platform", Platform)
def test_craft_says_whose_claim_it_follows(platform: Platform) -> None:
    sources = craft_of(platform).sources
    assert sources
    assert all(one.url.startswith("https://") for one in sources)


def test_the_good_examples_open_and_are_headed_differently() -> None:
    goods = [craft_of(one).good for one in Platform]
    assert len({good.text.strip().split(".")[0] for good in goods}) >= len(goods) - 3
    assert len({good.headline for good in goods}) == len(goods)


def test_the_prefix_holds_the_craft_of_the_networks_asked_for() -> None:
    told = set_rules([Platform.X, Platform.MASTODON], None)
    assert craft_section(Platform.X) in told
    assert craft_section(Platform.LINKEDIN) not in told


def test_the_words_have_a_revision() -> None:
    assert len(editorial_revision()) == 12
