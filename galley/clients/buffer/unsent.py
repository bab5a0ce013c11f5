"""The media that Buffer is still to fetch."""

from dataclasses import dataclass
from typing import cast

from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.errors import UnknownOutcomeError
from galley.clients.buffer.reading import as_dict

_PAGE = 50
_MOST_PAGES = 200
_QUERY = """
query UnsentMedia($input: PostsInput!, $first: Int!, $after: String) {
  posts(input: $input, first: $first, after: $after) {
    edges { node { id assets { source } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_UNSENT = ["draft", "needs_approval", "scheduled", "sending", "error"]


@dataclass(frozen=True)
class UnsentPost:
    """A post that Buffer did not send yet, and the addresses of its media."""

    id: str
    addresses: tuple[str, ...]


async def unsent_posts(
    client: BufferClient, organization_id: str
) -> tuple[UnsentPost, ...]:
    """Return every post of the organization that was not sent; one request a page.

    Raises:
        UnknownOutcomeError: Buffer did not answer that, or not all of it.
        BufferApiError: Buffer did not answer.
    """
    found: list[UnsentPost] = []
    after: str | None = None
    wanted: object = {"organizationId": organization_id, "filter": {"status": _UNSENT}}
    for _ in range(_MOST_PAGES):
        asked: dict[str, object] = {"input": wanted, "first": _PAGE, "after": after}
        answer = await client.look(_QUERY, asked)
        posts = as_dict(answer.data.get("posts"))
        if not posts or answer.message:
            raise UnknownOutcomeError(
                f"Buffer did not list its posts ({answer.status})"
            )
        edges = cast("list[object]", posts.get("edges") or [])
        found += [_post(as_dict(as_dict(edge).get("node"))) for edge in edges]
        page = as_dict(posts.get("pageInfo"))
        if not page.get("hasNextPage"):
            return tuple(found)
        after = str(page.get("endCursor"))
    raise UnknownOutcomeError("Buffer's list of posts does not end")


def _post(node: dict[str, object]) -> UnsentPost:
    assets = cast("list[object]", node.get("assets") or [])
    addresses = (as_dict(asset).get("source") for asset in assets)
    return UnsentPost(
        id=str(node.get("id") or ""),
        addresses=tuple(str(one) for one in addresses if one),
    )
