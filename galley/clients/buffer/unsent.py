"""The media that Buffer is still to fetch."""

from galley.clients.buffer.generated.enums import (
    PostSortableKey,
    PostStatus,
    SortDirection,
)
from galley.clients.buffer.generated.input_types import (
    PostsFiltersInput,
    PostsInput,
    PostSortInput,
)
from galley.clients.buffer.generated.list_unsent import ListUnsent as UnsentAnswer
from galley.models import UnsentPage, UnsentPost

_UNSENT = [
    PostStatus.draft,
    PostStatus.needs_approval,
    PostStatus.scheduled,
    PostStatus.sending,
    PostStatus.error,
]


def unsent_input(organization_id: str) -> PostsInput:
    """Return the posts that were not sent, with an order that stays as they go out."""
    return PostsInput(
        organizationId=organization_id,
        filter=PostsFiltersInput(status=_UNSENT),
        sort=[
            PostSortInput(field=PostSortableKey.createdAt, direction=SortDirection.asc)
        ],
    )


def unsent_page(answer: UnsentAnswer) -> UnsentPage:
    """Return one page in our words."""
    page = answer.posts.page_info
    nodes = [edge.node for edge in answer.posts.edges or ()]
    return UnsentPage(
        posts=tuple(
            UnsentPost(
                id=node.id,
                addresses=tuple(one.source for one in node.assets if one.source),
            )
            for node in nodes
        ),
        next_page=page.end_cursor if page.has_next_page else None,
    )
