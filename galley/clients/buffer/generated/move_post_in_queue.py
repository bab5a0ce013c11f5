from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import PostFields


class MovePostInQueue(BaseModel):
    move_post_in_queue: Union[
        "MovePostInQueueMovePostInQueuePostActionSuccess",
        "MovePostInQueueMovePostInQueueVoidMutationError",
    ] = Field(alias="movePostInQueue", discriminator="typename__")


class MovePostInQueueMovePostInQueuePostActionSuccess(BaseModel):
    typename__: Literal["PostActionSuccess"] = Field(alias="__typename")
    post: "MovePostInQueueMovePostInQueuePostActionSuccessPost"


MovePostInQueueMovePostInQueuePostActionSuccessPost = PostFields


class MovePostInQueueMovePostInQueueVoidMutationError(BaseModel):
    typename__: Literal["VoidMutationError"] = Field(alias="__typename")
    message: str


MovePostInQueue.model_rebuild()
MovePostInQueueMovePostInQueuePostActionSuccess.model_rebuild()
