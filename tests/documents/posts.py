"""Posts of a campaign, for commands that are all said of *a* post."""

import json
from collections import Counter
from collections.abc import Callable
from subprocess import CompletedProcess
from typing import Any

from galley.models.post import PostState
from tests.cli.stacks import until


class Posts:
    """Gives one post after the other, because a decision ends some."""

    def __init__(self, starter: Callable[..., CompletedProcess[str]]) -> None:
        self._starter = starter
        self._given: Counter[str] = Counter()

    def next_of(self, campaign: str) -> str:
        """Return a post of it, once all are written, that has not come to its end."""
        found: list[dict[str, Any]] = []

        def are_written() -> bool:
            told = self._starter("list", "--campaign", campaign, "--json").stdout
            found[:] = json.loads(told)
            return all(post["state"] != PostState.DRAFTING for post in found)

        until(are_written, first=0.5)
        able = [str(post["workflow_id"]) for post in found if not PostState(post["state"]).is_final]
        one = min(able, key=lambda name: (self._given[name], name))
        self._given[one] += 1
        return one

    def agree(self, campaign: str) -> None:
        """Wait until the list, which is a moment behind, says what the posts say."""

        def do_they() -> bool:
            told = self._starter("list", "--campaign", campaign, "--json").stdout
            return all(
                self._state(post["workflow_id"]) == post["state"] for post in json.loads(told)
            )

        until(do_they, first=0.5)

    def _state(self, post: str) -> str:
        return str(json.loads(self._starter("show", post, "--json").stdout)["state"])
