from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import PostFields


class CreatePost(BaseModel):
    create_post: Union[
        "CreatePostCreatePostPostActionSuccess",
        "CreatePostCreatePostNotFoundError",
        "CreatePostCreatePostUnauthorizedError",
        "CreatePostCreatePostUnexpectedError",
        "CreatePostCreatePostRestProxyError",
        "CreatePostCreatePostLimitReachedError",
        "CreatePostCreatePostInvalidInputError",
    ] = Field(alias="createPost", discriminator="typename__")


class CreatePostCreatePostPostActionSuccess(BaseModel):
    typename__: Literal["PostActionSuccess"] = Field(alias="__typename")
    post: "CreatePostCreatePostPostActionSuccessPost"


CreatePostCreatePostPostActionSuccessPost = PostFields


class CreatePostCreatePostNotFoundError(BaseModel):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")
    message: str


class CreatePostCreatePostUnauthorizedError(BaseModel):
    typename__: Literal["UnauthorizedError"] = Field(alias="__typename")
    message: str


class CreatePostCreatePostUnexpectedError(BaseModel):
    typename__: Literal["UnexpectedError"] = Field(alias="__typename")
    message: str


class CreatePostCreatePostRestProxyError(BaseModel):
    typename__: Literal["RestProxyError"] = Field(alias="__typename")
    message: str


class CreatePostCreatePostLimitReachedError(BaseModel):
    typename__: Literal["LimitReachedError"] = Field(alias="__typename")
    message: str


class CreatePostCreatePostInvalidInputError(BaseModel):
    typename__: Literal["InvalidInputError"] = Field(alias="__typename")
    message: str


CreatePost.model_rebuild()
CreatePostCreatePostPostActionSuccess.model_rebuild()
