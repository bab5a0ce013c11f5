"""The account a trial works on, and its findings.

:class:`TrialAccount` makes drafts, and cleans up all it made.
"""

import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.connection import RawAnswer
from galley.clients.buffer.errors import BufferApiError, NotFoundError, RefusedError, SchemaError
from galley.clients.buffer.matching import CLOCK_SKEW
from galley.clients.buffer.post_input import create_input
from galley.clients.buffer.queries import PostsQuery
from galley.models.channel import Channel, Delivery
from galley.models.network import Extras
from galley.models.publishing import BufferPost, EditPost, PostRequest
from galley.networks.registry import rules_for

ANSWERED = (RefusedError, NotFoundError, SchemaError)
"""Errors that say what Buffer thinks of the request; after others, nothing is known."""


class Verdict(StrEnum):
    """The verdict on an assumption about Buffer."""

    CONFIRMED = "confirmed"
    DIFFERENT = "different"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One assumption, and what was seen of it in a short sentence."""

    assumption: str
    verdict: Verdict
    said: str


def finding(assumption: str, said: str, *, holds: bool) -> Finding:
    """Return the finding for a check that was carried out."""
    return Finding(assumption, Verdict.CONFIRMED if holds else Verdict.DIFFERENT, said)


def unchecked(assumption: str, why: str) -> Finding:
    """Return the finding for a check that was not carried out."""
    return Finding(assumption, Verdict.NOT_CHECKED, why)


BEYOND_DRAFTS = tuple(
    unchecked(assumption, why)
    for assumption, why in (
        ("A due time in the past is refused", "were it not, the post would be published"),
        (
            "A repeat on one channel is refused",
            "drafts are no repeats; it takes two posts that are scheduled",
        ),
        ("Pictures and videos are fetched again when the post is sent", "nothing is sent"),
        ("A post that is being sent or was sent cannot be edited or deleted", "nothing is sent"),
        (
            "A post reports its address on the network some time after it was sent",
            "nothing is sent",
        ),
        (
            "Top and bottom of the queue are the first and last slots taken",
            "drafts are in no queue",
        ),
        ("A daily limit counts the channel's own day", "nothing is scheduled"),
    )
)
"""What no draft can show."""


_DRAFT = "draft"

CREATE = """
mutation Trial($input: CreatePostInput!) {
  createPost(input: $input) {
    __typename
    ... on PostActionSuccess { post { id } }
    ... on MutationError { message }
  }
}
"""


@dataclass(slots=True)
class TrialAccount:
    """Everything a check needs.

    Attributes:
        client: The way to Buffer.
        organization_id: The organization of the channel.
        channel: Where drafts are made.
        mark: Stands in the text of each draft, so that one whose answer was lost is
            found again.
        began_at: No draft of this trial is older.
        correlation_id: That of the one content item this trial may make.
    """

    client: BufferClient
    organization_id: str
    channel: Channel
    mark: str = field(default_factory=lambda: secrets.token_hex(6))
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    correlation_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    _numbers: int = 0
    _open: set[str] = field(default_factory=set[str])
    _tidy: "list[Tidy]" = field(default_factory=list["Tidy"])

    def tidy_with(self, tidy: "Tidy") -> None:
        """Have something deleted at the end that is no post."""
        self._tidy.append(tidy)

    @property
    def needs_media(self) -> bool:
        """Whether the network takes no post of words alone."""
        return rules_for(self.channel.platform).required_media is not None

    def text(self) -> str:
        """Return words no other draft has."""
        self._numbers += 1
        return f"Draft {self._numbers} of Galley's doctor, {self.mark}. Safe to delete."

    def request(self, text: str = "", extras: Extras | None = None) -> PostRequest:
        """Return a draft for the channel, which can be nothing but a draft."""
        return PostRequest(
            channel_id=self.channel.id,
            platform=self.channel.platform,
            text=text or self.text(),
            extras=extras,
            delivery=Delivery(save_to_draft=True),
            due_at=self.began_at,
        )

    async def create(self, request: PostRequest) -> BufferPost:
        """Create a draft through the client that Galley publishes with.

        Raises:
            BufferApiError: As :meth:`BufferClient.create_post`.
            ValueError: It is not a draft.
        """
        if not request.delivery.save_to_draft:
            raise ValueError("a trial makes drafts alone")
        post = (await self.client.create_post(request)).value
        self._open.add(post.id)
        return post

    async def edit(self, post_id: str, request: PostRequest) -> BufferPost:
        """Give a draft other content; its schedule, which it has none of, stays."""
        task = EditPost(post_id=post_id, request=request)
        return (await self.client.edit_post(task)).value

    async def delete(self, post_id: str) -> None:
        """Delete a draft."""
        await self.client.delete_post(post_id)
        self._open.discard(post_id)

    async def create_oddly(self, **changes: object) -> RawAnswer:
        """Ask for a draft that may be refused, past Galley's own checks.

        ``changes`` are Buffer's fields; one that is ``None`` is left out.
        """
        given: dict[str, object] = {
            "channelId": self.channel.id,
            "schedulingType": "automatic",
            "mode": "addToQueue",
        }
        if not self.needs_media:
            plain = create_input(self.request())
            given = plain.model_dump(mode="json", by_alias=True, exclude_unset=True)
        given = {**given, "text": self.text(), **changes, "saveToDraft": True}
        given = {name: value for name, value in given.items() if value is not None}
        answer = await self.client.look(CREATE, {"input": given})
        if answer.post_id:
            self._open.add(answer.post_id)
        return answer

    async def clean(self) -> tuple[str, ...]:
        """Delete all that this trial made; returns the ids of what is left.

        A draft whose answer was lost is found by its mark. What is no draft stays.
        """
        left = [await self._tidied(tidy) for tidy in self._tidy]
        await self._find_marked()
        for post_id in tuple(self._open):
            try:
                await self.delete(post_id)
            except NotFoundError:
                self._open.discard(post_id)
            except BufferApiError:
                continue
        return (*sorted(self._open), *filter(None, left))

    async def _tidied(self, tidy: "Tidy") -> str | None:
        try:
            return await tidy(self)
        except BufferApiError as error:
            return f"a content item, perhaps ({error.message})"

    async def _find_marked(self) -> None:
        query = PostsQuery(
            self.organization_id,
            channel_ids=(self.channel.id,),
            created_since=self.began_at - CLOCK_SKEW,
        )
        try:
            page = (await self.client.posts(query)).value
        except BufferApiError:
            return
        marked = [post for post in page.posts if self.mark in post.text]
        self._open |= {post.id for post in marked if post.status == _DRAFT}


Tidy = Callable[[TrialAccount], Awaitable[str | None]]
"""Deletes something; returns its id if it is left."""
