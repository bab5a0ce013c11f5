"""The networks' limits of files, pinned: a slip of a digit is a refused post.

The values are those of the pages that the files in ``galley/networks/`` name.
"""

import pytest

from galley.models.network import Platform
from galley.networks.registry import rules_for

MB = 1_000_000
# Pictures of one post, and bytes of each.
PICTURES = {
    Platform.INSTAGRAM: (10, 8 * MB),
    Platform.FACEBOOK: (10, 8 * MB),
    Platform.TIKTOK: (10, 8 * MB),
    Platform.LINKEDIN: (9, 10 * MB),
    Platform.X: (4, 5 * MB),
    Platform.THREADS: (10, 8 * MB),
    Platform.PINTEREST: (1, 10 * MB),
    Platform.GOOGLEBUSINESS: (1, 5 * MB),
    Platform.BLUESKY: (4, 1 * MB),
    Platform.MASTODON: (4, 8 * MB),
}
# Bytes, and seconds from and to.
VIDEOS = {
    Platform.INSTAGRAM: (100 * MB, 5, 900),
    Platform.FACEBOOK: (1000 * MB, 0, 14_400),
    Platform.TIKTOK: (1000 * MB, 3, 600),
    Platform.LINKEDIN: (200 * MB, 3, 1800),
    Platform.X: (512 * MB, 0.5, 140),
    Platform.YOUTUBE: (10_000 * MB, 0, 180),
    Platform.THREADS: (1000 * MB, 0, 300),
    Platform.PINTEREST: (1000 * MB, 4, 300),
    Platform.BLUESKY: (50 * MB, 0, 180),
    Platform.MASTODON: (40 * MB, 0, None),
}


@pytest.mark.parametrize("platform", Platform)
def test_a_network_takes_so_many_pictures_of_such_a_size(platform: Platform) -> None:
    rules = rules_for(platform).image

    assert (rules and (rules.most, rules.max_bytes)) == PICTURES.get(platform)


@pytest.mark.parametrize("platform", Platform)
def test_a_network_takes_videos_of_such_a_size_and_length(platform: Platform) -> None:
    rules = rules_for(platform).video

    found = rules and (rules.max_bytes, rules.min_seconds, rules.max_seconds)
    assert found == VIDEOS.get(platform)


def test_linkedin_alone_takes_a_document() -> None:
    documents = {one: rules_for(one).document for one in Platform}
    limits = {one: (d.max_bytes, d.most_pages) for one, d in documents.items() if d}

    assert limits == {Platform.LINKEDIN: (100 * MB, 300)}
