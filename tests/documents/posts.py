"""Posts of a campaign, for commands that are all said of *a* post."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import TypeVar

from temporalio.client import Client

from app.posts.directory import PostRow, list_posts
from galley.clients.payloads import Keyring, converter_of
from galley.models.post import PostState, PostView
from galley.review.proof import proof_of
from tests.cli.stacks import until
from workflows.post.workflow import PostWorkflow

T = TypeVar("T")


class Posts:
    """Looks at them by Temporal itself: each look by a command would be a process.

    Args:
        temporal: Its address.
    """

    def __init__(self, temporal: str) -> None:
        self._runner = asyncio.Runner()
        connecting = Client.connect(temporal, data_converter=converter_of(Keyring({})))
        self._client = self._runner.run(connecting)
        self._given: Counter[str] = Counter()

    def close(self) -> None:
        """Close the connection."""
        self._runner.close()

    def are_written(self, campaign: str) -> None:
        """Wait until no post of it is being written."""
        self._find(campaign, lambda found: all(one.state != PostState.DRAFTING for one in found))

    def next_of(self, campaign: str) -> str:
        """Return one after the other: a decision ends some, and those are left out."""
        self.are_written(campaign)
        found = self._find(campaign)
        able = [one.workflow_id for one in found if not PostState(one.state).is_final]
        one = min(able, key=lambda name: (self._given[name], name))
        self._given[one] += 1
        return one

    def agree(self, campaign: str) -> None:
        """Wait until the list, which is a moment behind, says what the posts say."""
        self._find(
            campaign,
            lambda found: all(self._view(one.workflow_id).state == one.state for one in found),
        )

    def digest(self, post: str) -> str:
        """Return the digest that a decision on it names; empty while there is none."""
        proof = proof_of(self._view(post))
        return proof.digest if proof else ""

    def _find(
        self, campaign: str, are_so: Callable[[list[PostRow]], bool] = lambda _: True
    ) -> list[PostRow]:
        query = f'GalleyCampaign="campaign:{campaign}"'
        found = list[PostRow]()

        def are_there() -> bool:
            found[:] = self._run(list_posts(self._client, query))
            return bool(found) and are_so(found)

        until(are_there)
        return found

    def _view(self, post: str) -> PostView:
        handle = self._client.get_workflow_handle_for(PostWorkflow.run, post)
        return self._run(handle.query(PostWorkflow.view))

    def _run(self, asked: Coroutine[object, object, T]) -> T:
        return self._runner.run(asked)
