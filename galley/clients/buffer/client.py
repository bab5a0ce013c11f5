"""Ask Buffer, in our words.

One method is one HTTP request; nothing here retries or waits for a rate window, since
both belong to whoever keeps the budget.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from galley.clients.addresses import is_local_name
from galley.clients.buffer.answers import clean
from galley.clients.buffer.errors import RefusedError, UnknownOutcomeError
from galley.clients.buffer.exchange import Exchange
from galley.clients.buffer.generated.client import GeneratedClient
from galley.clients.buffer.generated.create_post import (
    CreatePostCreatePostPostActionSuccess,
)
from galley.clients.buffer.generated.enums import PostSortableKey, SortDirection
from galley.clients.buffer.generated.input_types import (
    ChannelsInput,
    DateTimeComparator,
    PostInput,
    PostsFiltersInput,
    PostsInput,
    PostSortInput,
)
from galley.clients.buffer.inbound import directory_of, post_of
from galley.clients.buffer.instants import to_buffer
from galley.clients.buffer.metadata import create_input
from galley.clients.buffer.renewal import TokenSource
from galley.models import BufferPost, ChannelDirectory, PostRequest, RateWindow

T = TypeVar("T")

CONNECT_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What was asked for, and the rate windows reported with it."""

    value: T
    windows: tuple[RateWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class Organization:
    """A Buffer workspace, which owns channels and posts."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class PostsQuery:
    """Which posts of an organization, in any status.

    With ``created_since`` the newest come first; otherwise the order is by due time.
    """

    organization_id: str
    channel_ids: tuple[str, ...] = ()
    created_since: datetime | None = None
    due_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PostsPage:
    """One page of posts; ``next_page`` is the cursor of the next one, if any."""

    posts: tuple[BufferPost, ...]
    next_page: str | None


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
        _check_address(url)
        if isinstance(token, str) and not _can_be_a_key(token):
            raise ValueError(
                "BUFFER_API_KEY is empty or holds characters no key has: paste it again"
            )
        self._url, self._token, self._timeout = url, token, timeout
        self._http = httpx.AsyncClient(
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                "User-Agent": user_agent,
            },
            timeout=httpx.Timeout(timeout, connect=min(CONNECT_TIMEOUT, timeout)),
            limits=httpx.Limits(max_connections=4, max_keepalive_connections=2),
            follow_redirects=False,
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def organizations(self) -> Answer[tuple[Organization, ...]]:
        """Return the organizations the key reaches."""
        answer = await self._ask(lambda wire: wire.list_organizations())
        reached = answer.value.account.organizations
        return Answer(
            tuple(Organization(one.id, clean(one.name, 200)) for one in reached),
            answer.windows,
        )

    async def channels(self, organization_id: str) -> Answer[ChannelDirectory]:
        """Return the channels of an organization, connected or not."""
        wanted = ChannelsInput(organizationId=organization_id)
        answer = await self._ask(lambda wire: wire.list_channels(wanted))
        return Answer(directory_of(answer.value, organization_id), answer.windows)

    async def create_post(self, request: PostRequest) -> Answer[BufferPost]:
        """Create one post, once. Not safe to repeat: Buffer has no idempotency key."""
        self._check_media(request)
        wanted = create_input(request)
        answer = await self._ask(lambda wire: wire.create_post(wanted))
        created = answer.value.create_post
        if not isinstance(created, CreatePostCreatePostPostActionSuccess):
            raise UnknownOutcomeError(
                f"Buffer answered {created.typename__} to a new post",
                windows=answer.windows,
            )
        return Answer(post_of(created.post), answer.windows)

    async def posts(
        self, query: PostsQuery, *, first: int = 50, after: str | None = None
    ) -> Answer[PostsPage]:
        """Return one page; ``after`` is the ``next_page`` of the page before."""
        wanted = _posts_input(query)
        answer = await self._ask(lambda wire: wire.find_posts(wanted, first, after))
        found = answer.value.posts
        page = PostsPage(
            posts=tuple(post_of(edge.node) for edge in found.edges or ()),
            next_page=found.page_info.end_cursor
            if found.page_info.has_next_page
            else None,
        )
        return Answer(page, answer.windows)

    async def post(self, post_id: str) -> Answer[BufferPost]:
        """Return one post; a missing one is a NotFoundError."""
        wanted = PostInput(id=post_id)
        answer = await self._ask(lambda wire: wire.read_post(wanted))
        return Answer(post_of(answer.value.post), answer.windows)

    async def _ask(
        self, request: Callable[[GeneratedClient], Awaitable[T]]
    ) -> Answer[T]:
        exchange = Exchange(self._http, self._timeout, self._token)
        wire = GeneratedClient(url=self._url, http_client=exchange)
        try:
            value = await request(wire)
        except ValidationError as error:
            raise UnknownOutcomeError(
                "Buffer's answer does not have the shape its schema promises: "
                f"{_places(error)}",
                windows=exchange.windows,
            ) from None
        return Answer(value, exchange.windows)

    def _check_media(self, request: PostRequest) -> None:
        """Refuse, before sending, media that a live Buffer could never fetch."""
        if not _is_elsewhere(self._url):
            return
        for asset in request.assets:
            if not (asset.url.startswith("https://") and _is_elsewhere(asset.url)):
                raise RefusedError(
                    "Buffer cannot fetch media from a private address or without "
                    "https: set GALLEY_PUBLIC_BASE_URL to a public one"
                )


def _posts_input(query: PostsQuery) -> PostsInput:
    chosen = PostsFiltersInput()
    key, direction = PostSortableKey.dueAt, SortDirection.asc
    if query.channel_ids:
        chosen.channel_ids = list(query.channel_ids)
    if query.due_since:
        chosen.due_at = DateTimeComparator(start=to_buffer(query.due_since))
    if query.created_since:
        chosen.created_at = DateTimeComparator(start=to_buffer(query.created_since))
        key, direction = PostSortableKey.createdAt, SortDirection.desc
    return PostsInput(
        organizationId=query.organization_id,
        filter=chosen,
        sort=[PostSortInput(field=key, direction=direction)],
    )


def _can_be_a_key(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


def _check_address(url: str) -> None:
    try:
        scheme = httpx.URL(url).scheme
    except httpx.InvalidURL:
        scheme = ""
    if scheme not in {"http", "https"} or (scheme == "http" and _is_elsewhere(url)):
        raise ValueError(
            "BUFFER_API_URL must begin with https:// (http:// only on this network)"
        )


def _is_elsewhere(url: str) -> bool:
    """Whether ``url`` leads outside this machine and its network, by its name alone."""
    try:
        return not is_local_name(urlsplit(url).hostname or "")
    except ValueError:
        return False


def _places(error: ValidationError) -> str:
    """Return where an answer is wrong, and nothing of what it holds."""
    found = (".".join(map(str, problem["loc"])) for problem in error.errors())
    return clean(", ".join(dict.fromkeys(found)), 200)
