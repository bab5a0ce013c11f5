"""The tables of ``docs/networks.md``, written from the networks' rules."""

from galley.media.plan import rendering_for
from galley.models.network import Platform, extras_for
from galley.networks.registry import rules_for
from galley.networks.rules import ImageRules, LinkPlacement, NetworkRules, VideoRules
from tests.pages import table

_LINKS = {
    LinkPlacement.IN_TEXT: "in the text",
    LinkPlacement.FIELD: "a field of its own",
    LinkPlacement.NONE: "none: not clickable",
}
_NO = "-"


def texts() -> str:
    """Return how much text each network takes, and how it counts."""
    rows = [(_named(r), _limits(r), r.counted_as, _most(r.posts_per_day)) for r in _all()]
    return table(("Network", "Text", "Counted as", "Posts a day"), rows)


def fields() -> str:
    """Return what stands beside the text."""
    head = ("Network", "Link", "Hashtags", "Title", "Alt text", "Thread")
    return table(head, [_fields(rules) for rules in _all()])


def extras() -> str:
    """Return what else a post may carry, by the names of the options."""
    head = ("Network", "First comment", "Link card", "All options")
    return table(head, [_extras(rules) for rules in _all()])


def pictures() -> str:
    """Return what each network takes as a picture."""
    head = ("Network", "Formats", "Most", "Bytes", "Pixels", "Width to height")
    return table(head, [_picture(r, r.image) for r in _all() if r.image])


def videos() -> str:
    """Return what each network takes as a video."""
    head = ("Network", "Formats", "Bytes", "Seconds", "Frames a second", "Shapes")
    return table(head, [_video(r, r.video) for r in _all() if r.video])


def drawn() -> str:
    """Return what Galley draws where a network takes no post without media."""
    rows: list[tuple[str, ...]] = []
    for rules in _all():
        made = rendering_for(rules.platform)
        if made is not None:
            size = f"{made.card.width} x {made.card.height}"
            signed = "yes" if made.signed else "no"
            rows.append((_named(rules), made.kind.value, size, signed))
    return table(("Network", "Drawn", "Pixels", "Signed with the channel's name"), rows)


def _all() -> list[NetworkRules]:
    return [rules_for(platform) for platform in Platform]


def _named(rules: NetworkRules) -> str:
    return f"{rules.name} (`{rules.platform}`)"


def _limits(rules: NetworkRules) -> str:
    if len(rules.counts) == 1:
        return f"{rules.text_limit:,} {rules.counts[0].unit}"
    return ", and ".join(f"{c.limit:,} {c.unit} {c.by}" for c in rules.counts)


def _most(number: int | None) -> str:
    return _NO if number is None else f"{number:,}"


def _fields(rules: NetworkRules) -> tuple[str, ...]:
    tags = {None: "any", 0: "none"}.get(rules.max_hashtags)
    tags = tags or f"at most {rules.max_hashtags}"
    if rules.hashtag_limit:
        tags += f", of {rules.hashtag_limit} characters"
    title = _most(rules.title_limit) + (", required" if rules.needs_title else "")
    link = _LINKS[rules.link]
    if rules.link_limit:
        link += f", of {rules.link_limit:,} characters"
    thread = f"{rules.max_thread} posts" if rules.max_thread > 1 else _NO
    return (_named(rules), link, tags, title, _most(rules.alt_limit), thread)


def _extras(rules: NetworkRules) -> tuple[str, ...]:
    names = [n for n in type(extras_for(rules.platform)).model_fields if n != "platform"]
    comment = rules.first_comment
    return (
        _named(rules),
        f"{comment.limit:,} {comment.unit}" if comment else _NO,
        "yes" if rules.has_link_card else _NO,
        ", ".join(f"`{name}`" for name in names),
    )


def _picture(rules: NetworkRules, image: ImageRules) -> tuple[str, ...]:
    sides = [
        _range(image.min_width, image.max_width, "wide"),
        _range(image.min_height, image.max_height, "high"),
        _range(None, image.max_pixels, "pixels in all"),
    ]
    return (
        _named(rules),
        _formats(image.formats),
        str(image.most),
        _range(image.min_bytes or None, image.max_bytes, ""),
        "; ".join(side for side in sides if side) or "any",
        _range(image.min_ratio, image.max_ratio, "") or "any",
    )


def _video(rules: NetworkRules, video: VideoRules) -> tuple[str, ...]:
    shapes = ", ".join(f"{width}:{height}" for width, height in video.ratios)
    return (
        _named(rules),
        _formats(video.formats),
        _range(video.min_bytes or None, video.max_bytes, ""),
        _range(video.min_seconds or None, video.max_seconds, "") or "any",
        _range(video.min_fps, video.max_fps, "") or "any",
        shapes or _range_of_shapes(video) or "any",
    )


def _range_of_shapes(video: VideoRules) -> str:
    sides = (
        _range(video.min_ratio and round(video.min_ratio, 2), video.max_ratio, "")
        if video.max_ratio
        else "",
        _range(video.min_side, video.max_side, "pixels a side"),
        _range(None, video.max_width, "wide"),
        "9:16 {:g} to {:g} s".format(*video.reel_seconds) if video.reel_seconds else "",
    )
    return "; ".join(filter(None, sides))


def _formats(mimes: tuple[str, ...]) -> str:
    return ", ".join(mime.partition("/")[2] for mime in mimes)


def _range(low: float | None, high: float | None, unit: str) -> str:
    if low is None and high is None:
        return ""
    if low is None:
        said = f"at most {high:,}"
    else:
        said = f"at least {low:,}" if high is None else f"{low:,} to {high:,}"
    return f"{said} {unit}".strip()
