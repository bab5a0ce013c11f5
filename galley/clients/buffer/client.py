"""BufferClient: the calls Galley makes to Buffer's API, each with a typed answer.

Activities, ``doctor`` and the commands of accounts use it; one client is one key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from galley.clients.buffer.connection import Answer, Connection, RawAnswer
from galley.clients.buffer.errors import OrganizationError, UnknownOutcomeError
from galley.clients.buffer.generated.create_post import CreatePostCreatePostPostActionSuccess
from galley.clients.buffer.generated.delete_post import DeletePostDeletePostDeletePostSuccess
from galley.clients.buffer.generated.edit_post import EditPostEditPostPostActionSuccess
from galley.clients.buffer.generated.enums import QueuePosition as BufferPosition
from galley.clients.buffer.generated.input_types import (
    ChannelsInput,
    DeletePostInput,
    MovePostInQueueInput,
    OrganizationFilterInput,
    PostInput,
)
from galley.clients.buffer.generated.move_post_in_queue import (
    MovePostInQueueMovePostInQueuePostActionSuccess,
)
from galley.clients.buffer.inbound import clean, directory_of, post_of
from galley.clients.buffer.queries import (
    Limits,
    PostsPage,
    PostsQuery,
    daily_input,
    limits_of,
    posts_input,
    scheduled_input,
    unsent_input,
    unsent_page,
    unsent_place,
)
from galley.clients.buffer.renewal import TokenSource
from galley.models.account import ReadLimits
from galley.models.channel import ChannelDirectory, QueuePosition
from galley.models.publishing import BufferPost, EditPost, PostRequest, RateWindow, UnsentPage

_COUNTED = 50
"""Scheduled posts counted at once: all that the channels of a free plan can hold."""


@dataclass(frozen=True, slots=True)
class Organization:
    """A Buffer workspace, which owns channels and posts."""

    id: str
    name: str


class BufferClient:
    """Buffer's API for one key, or for one app that somebody authorized.

    Every method raises a leaf of :class:`~galley.clients.buffer.errors.BufferApiError`.
    """

    def __init__(
        self, url: str, token: str | TokenSource, *, timeout: float, user_agent: str
    ) -> None:
        """Open a connection pool; no request is made.

        Args:
            url: Where the API answers, such as ``https://api.buffer.com``.
            token: The Buffer key, or what gives the access token of the moment.
            timeout: Seconds a whole request may take.
            user_agent: Sent with each request; Buffer's gateway refuses those without.

        Raises:
            ValueError: The address or the key cannot be used; the message says why.
        """
        self._way = Connection(url, token, timeout=timeout, user_agent=user_agent)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._way.aclose()

    async def organizations(self) -> Answer[tuple[Organization, ...]]:
        """Return the organizations the key reaches."""
        answer = await self._way.ask(lambda wire: wire.list_organizations())
        reached = answer.value.account.organizations
        return Answer(
            tuple(Organization(one.id, clean(one.name, 200)) for one in reached), answer.windows
        )

    async def channels(self, organization_id: str) -> Answer[ChannelDirectory]:
        """Return the channels of an organization, connected or not."""
        wanted = ChannelsInput(organizationId=organization_id)
        answer = await self._way.ask(lambda wire: wire.list_channels(wanted))
        return Answer(directory_of(answer.value, organization_id), answer.windows)

    async def create_post(
        self, request: PostRequest, last_look: Callable[[], None] | None = None
    ) -> Answer[BufferPost]:
        """Create one post, once. Not safe to repeat: Buffer has no idempotency key.

        Args:
            request: The post.
            last_look: Called right before the first byte leaves; what it raises stops the
                request.
        """
        # The rules of the networks load slowly, and commands that only read need none.
        from galley.clients.buffer.post_input import create_input, refuse_late

        wanted = create_input(request)
        refuse_late(request, datetime.now(UTC))
        self._way.check_media(request)
        answer = await self._way.ask(lambda wire: wire.create_post(wanted), last_look)
        created = answer.value.create_post
        if not isinstance(created, CreatePostCreatePostPostActionSuccess):
            raise _strange("a new post", created.typename__, answer.windows)
        return Answer(post_of(created.post), answer.windows)

    async def edit_post(
        self, task: EditPost, last_look: Callable[[], None] | None = None
    ) -> Answer[BufferPost]:
        """Make a post what the request says; its schedule only if asked. Repeatable.

        ``last_look``: as of :meth:`create_post`.
        """
        from galley.clients.buffer.post_input import edit_input, refuse_late

        wanted = edit_input(task)
        if task.sets_schedule:
            refuse_late(task.request, datetime.now(UTC))
        self._way.check_media(task.request)
        answer = await self._way.ask(lambda wire: wire.edit_post(wanted), last_look)
        edited = answer.value.edit_post
        if not isinstance(edited, EditPostEditPostPostActionSuccess):
            raise _strange("an edit", edited.typename__, answer.windows)
        return Answer(post_of(edited.post), answer.windows)

    async def delete_post(self, post_id: str) -> Answer[None]:
        """Delete one post; one that is not there is a NotFoundError. Repeatable."""
        wanted = DeletePostInput(id=post_id)
        answer = await self._way.ask(lambda wire: wire.delete_post(wanted))
        deleted = answer.value.delete_post
        if not isinstance(deleted, DeletePostDeletePostDeletePostSuccess):
            raise _strange("a deletion", deleted.typename__, answer.windows)
        return Answer(None, answer.windows)

    async def move_post(self, post_id: str, position: QueuePosition) -> Answer[BufferPost]:
        """Put a queued post first or last in its channel's queue. Repeatable.

        Buffer calls this experimental, and refuses it for a post with a time of its
        own: https://developers.buffer.com/reference.md.
        """
        wanted = MovePostInQueueInput(id=post_id, position=BufferPosition(position.value))
        answer = await self._way.ask(lambda wire: wire.move_post_in_queue(wanted))
        moved = answer.value.move_post_in_queue
        if not isinstance(moved, MovePostInQueueMovePostInQueuePostActionSuccess):
            raise _strange("a move", moved.typename__, answer.windows)
        return Answer(post_of(moved.post), answer.windows)

    async def posts(
        self, query: PostsQuery, *, first: int = 50, after: str | None = None
    ) -> Answer[PostsPage]:
        """Return one page; ``after`` is the ``next_page`` of the page before."""
        wanted = posts_input(query)
        answer = await self._way.ask(lambda wire: wire.find_posts(wanted, first, after))
        found = answer.value.posts
        page = PostsPage(
            posts=tuple(post_of(edge.node) for edge in found.edges or ()),
            next_page=found.page_info.end_cursor if found.page_info.has_next_page else None,
        )
        return Answer(page, answer.windows)

    async def post(self, post_id: str) -> Answer[BufferPost]:
        """Return one post; a missing one is a NotFoundError."""
        wanted = PostInput(id=post_id)
        answer = await self._way.ask(lambda wire: wire.read_post(wanted))
        return Answer(post_of(answer.value.post), answer.windows)

    async def limits(self, task: ReadLimits) -> Answer[Limits]:
        """Return the limits of the day and of the plan, in one request."""
        only = OrganizationFilterInput(organizationId=task.organization_id)
        daily, scheduled = daily_input(task), scheduled_input(task)
        answer = await self._way.ask(
            lambda wire: wire.read_limits(only, daily, scheduled, _COUNTED)
        )
        return Answer(limits_of(answer.value, task), answer.windows)

    async def unsent(
        self, organization_id: str, *, first: int = 50, after: str | None = None
    ) -> Answer[UnsentPage]:
        """Return one page of the posts that were not sent; ``after`` the page before.

        A post may be on two pages.
        """
        look, cursor = unsent_place(after)
        wanted = unsent_input(organization_id, look)
        answer = await self._way.ask(lambda wire: wire.list_unsent(wanted, first, cursor))
        return Answer(unsent_page(answer.value, look), answer.windows)

    async def look(self, query: str, variables: dict[str, object]) -> RawAnswer:
        """Send a request that Galley itself never makes, and return what came.

        For checks of what is assumed about Buffer: nothing is made of the answer.
        """
        return await self._way.look(query, variables)


def _strange(asked: str, answered: str, windows: tuple[RateWindow, ...]) -> UnknownOutcomeError:
    """Return the error for a union member that a newer Buffer invented."""
    return UnknownOutcomeError(f"Buffer answered {clean(answered, 60)} to {asked}", windows=windows)


async def resolve_organization(client: BufferClient, wanted: str | None) -> Organization:
    """Return the organization named ``wanted``, or the only one there is.

    Args:
        client: Any client; one request is made.
        wanted: An organization id (GALLEY_BUFFER_ORGANIZATION), or ``None``.

    Raises:
        OrganizationError: The key reaches none, several while none is named, or not
            the one that is named. The message lists the choices.
        BufferApiError: Buffer did not answer.
    """
    reached = (await client.organizations()).value
    chosen = [one for one in reached if wanted in {None, "", one.id}]
    if len(chosen) == 1:
        return chosen[0]
    if not reached:
        raise OrganizationError(
            "The Buffer key reaches no organization: use a key of an account "
            "that is a member of one"
        )
    choices = ", ".join(f"{one.name} ({one.id})" for one in reached)
    problem = f"does not reach organization {wanted}" if wanted else "reaches several"
    raise OrganizationError(
        f"The Buffer key {problem}: set GALLEY_BUFFER_ORGANIZATION to the id of one of {choices}"
    )
