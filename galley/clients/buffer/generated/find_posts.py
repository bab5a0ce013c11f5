from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import PostFields


class FindPosts(BaseModel):
    posts: "FindPostsPosts"


class FindPostsPosts(BaseModel):
    edges: Optional[list["FindPostsPostsEdges"]]
    page_info: "FindPostsPostsPageInfo" = Field(alias="pageInfo")


class FindPostsPostsEdges(BaseModel):
    node: "FindPostsPostsEdgesNode"


FindPostsPostsEdgesNode = PostFields


class FindPostsPostsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


FindPosts.model_rebuild()
FindPostsPosts.model_rebuild()
FindPostsPostsEdges.model_rebuild()
