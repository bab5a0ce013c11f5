"""A person who works in Buffer's own page, and another program on the same key.

What they did is told to the judge: their words are theirs to publish.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.chaos.book import Entry, Said
from tests.chaos.fleet import Fleet
from tests.end_to_end.stack import BUFFER_KEY

_EDIT = """
mutation Edit($input: EditPostInput!) {
  editPost(input: $input) { __typename ... on PostActionSuccess { post { id } } }
}
"""
_DELETE = """
mutation Delete($input: DeletePostInput!) {
  deletePost(input: $input) { __typename }
}
"""
_CREATE = """
mutation Create($input: CreatePostInput!) {
  createPost(input: $input) { __typename ... on PostActionSuccess { post { id } } }
}
"""
_READ = "query { account { id } }"
_BURST = 40


class ByHand:
    """Edits, moves, deletes and adds posts in Buffer, where they wait to be published."""

    def __init__(self, fleet: Fleet, chance: random.Random) -> None:
        self._fleet, self._chance = fleet, chance
        self._wrote: dict[tuple[str, str], str] = {}
        """By channel and words of a person's: the words that stood there before."""
        self._added: set[str] = set()
        self.touched: Counter[str] = Counter()

    async def edit(self) -> str:
        """Give a scheduled post other words."""
        one = await self._scheduled()
        if one is None:
            return "by hand: nothing to edit"
        words = f"{one['text']} By hand."
        self._wrote[one["channelId"], words] = one["text"]
        return await self._asked(_EDIT, "edited", {"id": one["id"], "text": words})

    async def move(self) -> str:
        """Give a scheduled post a later time."""
        one = await self._scheduled()
        if one is None:
            return "by hand: nothing to move"
        due_at = datetime.fromisoformat(one["dueAt"]) + timedelta(
            seconds=self._chance.uniform(2, 9)
        )
        when = {"id": one["id"], "mode": "customScheduled", "dueAt": due_at.isoformat()}
        return await self._asked(_EDIT, "moved", when)

    async def delete(self) -> str:
        """Delete a scheduled post."""
        one = await self._scheduled()
        if one is None:
            return "by hand: nothing to delete"
        return await self._asked(_DELETE, "deleted", {"id": one["id"]})

    async def add(self) -> str:
        """Write a post of one's own on a channel that Galley uses."""
        ledger = await self._fleet.buffer.ledger()
        plain = [one for one in ledger if one["service"] in {"twitter", "linkedin", "threads"}]
        if not plain:
            return "by hand: no channel"
        one = self._chance.choice(plain)
        words = f"Added by hand, number {len(self._added)}."
        self._added.add(words)
        due_at = datetime.now(UTC) + timedelta(minutes=5)
        wanted = {
            "channelId": one["channelId"],
            "schedulingType": "automatic",
            "mode": "customScheduled",
            # The very time of one of ours, where it still lies ahead.
            "dueAt": max(one["dueAt"] or "", due_at.isoformat()),
            "text": words,
        }
        return await self._asked(_CREATE, "added", wanted)

    async def use_the_quota(self) -> str:
        """Ask as another program with the same key does."""
        for _ in range(_BURST):
            await self._ask(_READ, {})
        return "another program used the quota"

    def excuse(self, said: list[Said], ledger: list[Entry]) -> tuple[list[Said], list[Entry]]:
        """Return what the judge compares: a person's words are approved where they wrote them."""
        excused: list[Said] = []
        added = {entry.id for entry in ledger if entry.text in self._added}
        for one in said:
            if one.claims in added:
                # It is near the post's time: a person was asked, and let it stand for the post.
                excused.append(replace(one, ending="failed"))
                continue
            words, stands = set[str](), one.stands
            for (channel, written), before in self._wrote.items():
                while before not in one.shown and (channel, before) in self._wrote:
                    before = self._wrote[channel, before]  # noqa: PLW2901 - back to Galley's own
                if channel == one.channel and before in one.shown:
                    words.add(written)
                    stands = ""
            shown, approved = one.shown | words, one.approved | words
            excused.append(replace(one, shown=shown, approved=approved, stands=stands))
        return excused, [entry for entry in ledger if entry.text not in self._added]

    async def _scheduled(self) -> dict[str, Any] | None:
        waits = [
            one
            for one in await self._fleet.buffer.ledger()
            if one["status"] == "scheduled" and one["deleted_at"] is None and one["dueAt"]
            if one["text"] not in self._added
        ]
        return self._chance.choice(waits) if waits else None

    async def _asked(self, mutation: str, what: str, wanted: dict[str, Any]) -> str:
        answer = await self._ask(mutation, {"input": wanted})
        (done,) = (answer.get("data") or {"": None}).values()
        went = done is not None and done["__typename"].endswith("Success")
        self.touched[what] += went
        return f"by hand: {what}" if went else f"by hand: not {what}"

    async def _ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            answer = await client.post(
                self._fleet.buffer.address,
                json={"query": query, "variables": variables},
                headers={"Authorization": f"Bearer {BUFFER_KEY}"},
            )
        try:
            found: dict[str, Any] = answer.json()
        except ValueError:
            return {}  # A fault that was ordered for Galley met this person.
        return found
