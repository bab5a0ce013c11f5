from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import PostFields


class EditPost(BaseModel):
    edit_post: Union[
        "EditPostEditPostPostActionSuccess",
        "EditPostEditPostNotFoundError",
        "EditPostEditPostUnauthorizedError",
        "EditPostEditPostUnexpectedError",
        "EditPostEditPostRestProxyError",
        "EditPostEditPostLimitReachedError",
        "EditPostEditPostInvalidInputError",
    ] = Field(alias="editPost", discriminator="typename__")


class EditPostEditPostPostActionSuccess(BaseModel):
    typename__: Literal["PostActionSuccess"] = Field(alias="__typename")
    post: "EditPostEditPostPostActionSuccessPost"


EditPostEditPostPostActionSuccessPost = PostFields


class EditPostEditPostNotFoundError(BaseModel):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")
    message: str


class EditPostEditPostUnauthorizedError(BaseModel):
    typename__: Literal["UnauthorizedError"] = Field(alias="__typename")
    message: str


class EditPostEditPostUnexpectedError(BaseModel):
    typename__: Literal["UnexpectedError"] = Field(alias="__typename")
    message: str


class EditPostEditPostRestProxyError(BaseModel):
    typename__: Literal["RestProxyError"] = Field(alias="__typename")
    message: str


class EditPostEditPostLimitReachedError(BaseModel):
    typename__: Literal["LimitReachedError"] = Field(alias="__typename")
    message: str


class EditPostEditPostInvalidInputError(BaseModel):
    typename__: Literal["InvalidInputError"] = Field(alias="__typename")
    message: str


EditPost.model_rebuild()
EditPostEditPostPostActionSuccess.model_rebuild()
