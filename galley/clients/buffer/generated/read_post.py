from .base_model import BaseModel
from .fragments import PostFields


class ReadPost(BaseModel):
    post: "ReadPostPost"


ReadPostPost = PostFields
ReadPost.model_rebuild()
