from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class ListUnsent(BaseModel):
    posts: "ListUnsentPosts"


class ListUnsentPosts(BaseModel):
    edges: Optional[list["ListUnsentPostsEdges"]]
    page_info: "ListUnsentPostsPageInfo" = Field(alias="pageInfo")


class ListUnsentPostsEdges(BaseModel):
    node: "ListUnsentPostsEdgesNode"


class ListUnsentPostsEdgesNode(BaseModel):
    id: str
    assets: list["ListUnsentPostsEdgesNodeAssets"]


class ListUnsentPostsEdgesNodeAssets(BaseModel):
    typename__: str = Field(alias="__typename")
    source: str


class ListUnsentPostsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


ListUnsent.model_rebuild()
ListUnsentPosts.model_rebuild()
ListUnsentPostsEdges.model_rebuild()
ListUnsentPostsEdgesNode.model_rebuild()
