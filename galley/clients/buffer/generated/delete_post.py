from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel


class DeletePost(BaseModel):
    delete_post: Union[
        "DeletePostDeletePostDeletePostSuccess", "DeletePostDeletePostVoidMutationError"
    ] = Field(alias="deletePost", discriminator="typename__")


class DeletePostDeletePostDeletePostSuccess(BaseModel):
    typename__: Literal["DeletePostSuccess"] = Field(alias="__typename")
    id: str


class DeletePostDeletePostVoidMutationError(BaseModel):
    typename__: Literal["VoidMutationError"] = Field(alias="__typename")
    message: str


DeletePost.model_rebuild()
