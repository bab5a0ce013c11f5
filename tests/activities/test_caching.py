"""Eleven posts, written twice and chosen from, read the source three times and not eleven."""

from collections.abc import Iterator

import pytest

from bench.caching import ARTICLE, read
from galley.models.network import Platform
from tests.anthropic_emulator import anthropic_emulator

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with anthropic_emulator() as address:
        yield address


async def test_reading_the_source_for_eleven_networks_costs_at_most_two_fifths(
    emulator: str,
) -> None:
    found = await read(emulator, ARTICLE.read_bytes(), ARTICLE.name)

    assert found.networks == len(Platform)
    assert found.words > 2_800
    assert found.ratio <= 0.40
