"""Show stored media as members of Buffer's interface ``Asset``."""

from collections.abc import Callable

from emulators.buffer.records import Json


def present_asset(asset: Json) -> Json:
    """An asset as a member of the interface ``Asset``."""
    kind: str = asset["kind"]
    fields: Json = asset["fields"]
    return {
        "__typename": f"{kind.capitalize()}Asset",
        # Null in every answer that was seen of Buffer.
        "id": None,
        "mimeType": asset["mime"],
        "source": asset["url"],
        "thumbnail": fields.get("thumbnailUrl") or asset["url"],
        "type": kind,
        kind: _ASSET_DETAILS[kind](asset, fields.get("metadata") or {}),
    }


def _image(asset: Json, metadata: Json) -> Json:
    return {
        "altText": metadata.get("altText") or "",
        "animatedThumbnail": metadata.get("animatedThumbnail"),
        "height": asset["height"],
        "isAnimated": asset["animated"],
        "userTags": metadata.get("userTags"),
        "width": asset["width"],
    }


def _video(asset: Json, metadata: Json) -> Json:
    found: Json = asset["video"]
    return {
        "audioCodec": None,
        "rotationDegree": 0,
        "videoBitRate": None,
        "isTranscodingRequired": False,
        "thumbnailOffset": metadata.get("thumbnailOffset"),
        "title": metadata.get("title"),
        **found,
    }


def _document(asset: Json, _metadata: Json) -> Json:
    fields: Json = asset["fields"]
    return {
        "filesize": None,
        "numPages": 0,
        "thumbnails": [fields["thumbnailUrl"]],
        "title": fields["title"],
    }


_ASSET_DETAILS: dict[str, Callable[[Json, Json], Json]] = {
    "image": _image,
    "video": _video,
    "document": _document,
}
