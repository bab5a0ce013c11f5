"""Checks that ask for drafts which Buffer is thought to refuse.

Each is a draft all the same: should Buffer take it, it is deleted.
"""

from galley.clients.buffer.raw import RawAnswer
from galley.clients.buffer.trial.account import TrialAccount
from galley.clients.buffer.trial.verdicts import Finding, finding
from galley.models import Platform
from galley.platforms.registry import rules_for

_BAD_REQUEST = 400
_DEMANDING = {
    Platform.INSTAGRAM: "Instagram posts require",
    Platform.FACEBOOK: "Facebook posts require a type",
    Platform.TIKTOK: "TikTok posts require",
    Platform.YOUTUBE: "YouTube posts require",
    Platform.PINTEREST: "Pinterest posts require",
    Platform.GOOGLEBUSINESS: "require a type",
}
"""What the one joined message begins with where a network has required fields."""
_KEYS = {
    Platform.X: "twitter",
    Platform.THREADS: "threads",
    Platform.BLUESKY: "bluesky",
    Platform.MASTODON: "mastodon",
}
_NOWHERE = "https://galley.invalid/no-such-picture.jpg"
"""A name that the top-level domain ``invalid`` keeps from ever leading anywhere."""


async def old_assets_are_refused(trial: TrialAccount) -> Finding:
    """Send assets as they were until May 2026: one object with lists inside."""
    answer = await trial.create_oddly(assets={"images": [{"url": _NOWHERE}]})
    return finding(
        "Assets in their old shape, an object, are answered 400",
        _said(answer),
        holds=answer.status == _BAD_REQUEST and not answer.post_id,
    )


async def required_fields_are_named(trial: TrialAccount) -> Finding:
    """Leave out what the network needs; on others, everything."""
    wanted = _DEMANDING.get(trial.channel.platform)
    if wanted is None:
        answer = await trial.create_oddly(text="")
        return finding(
            "A post with neither text nor media is refused",
            _said(answer),
            holds=not answer.post_id and bool(answer.message),
        )
    answer = await trial.create_oddly(metadata=None)
    return finding(
        "What a network requires and the post has not is named in one joined message",
        _said(answer),
        holds="Invalid post: " in answer.message and wanted in answer.message,
    )


async def long_texts_are_refused(trial: TrialAccount) -> Finding | None:
    """Send a text far over the limit of the network."""
    if trial.needs_media:
        return None
    limit = trial.channel.max_characters or rules_for(trial.channel.platform).text_limit
    answer = await trial.create_oddly(text=f"{trial.text()} " + "long " * limit)
    return finding(
        "A text over the limit of the network is refused",
        _said(answer),
        holds=not answer.post_id and bool(answer.message),
    )


async def pictures_are_looked_at(trial: TrialAccount) -> Finding | None:
    """Name a picture that nobody can fetch."""
    if trial.needs_media:
        return None
    answer = await trial.create_oddly(assets=[{"image": {"url": _NOWHERE}}])
    return finding(
        "Pictures are fetched when a post is created",
        _said(answer),
        holds=not answer.post_id and "fetch" in answer.message,
    )


async def threads_begin_with_their_text(trial: TrialAccount) -> Finding | None:
    """Send a thread whose first post is not the text; ``None`` without threads."""
    key = _KEYS.get(trial.channel.platform)
    if key is None:
        return None
    items = [{"text": "Another beginning"}, {"text": "More"}]
    answer = await trial.create_oddly(metadata={key: {"thread": items}})
    return finding(
        "A thread whose first post differs from the text is refused",
        _said(answer),
        holds=not answer.post_id and bool(answer.message),
    )


REFUSALS = (
    old_assets_are_refused,
    required_fields_are_named,
    long_texts_are_refused,
    pictures_are_looked_at,
    threads_begin_with_their_text,
)


def _said(answer: RawAnswer) -> str:
    if answer.post_id:
        return "a draft was made of it"
    member = f" {answer.typename}" if answer.typename else ""
    return f"HTTP {answer.status}{member}: {answer.message or 'no reason given'}"
