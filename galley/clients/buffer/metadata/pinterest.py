"""Pinterest: https://developers.buffer.com/types/PinterestPostMetadataInput.md."""

from galley.clients.buffer.generated.input_types import (
    AssetInput,
    PinterestPostMetadataInput,
    PostInputMetaData,
)
from galley.models import PostRequest


def pinterest(request: PostRequest, _: list[AssetInput]) -> PostInputMetaData:
    """Return the board, which every pin needs, with title and destination."""
    own = PinterestPostMetadataInput(boardServiceId=request.board_service_id)
    if request.title:
        own.title = request.title
    if request.link:
        own.url = request.link
    return PostInputMetaData(pinterest=own)
