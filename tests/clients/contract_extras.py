"""The extras of every network, and how Buffer shows a post that has them."""

from datetime import UTC, datetime

from galley.models.network import (
    BlueskyExtras,
    Extras,
    FacebookExtras,
    GoogleBusinessExtras,
    GoogleButton,
    GooglePostKind,
    InstagramExtras,
    LinkCard,
    LinkedInExtras,
    MastodonExtras,
    PinterestExtras,
    PostForm,
    ThreadsExtras,
    TikTokExtras,
    XExtras,
    YouTubeExtras,
    YouTubeLicense,
    YouTubePrivacy,
)
from tests.emulators.buffer_world import Json

CARD = LinkCard(url="https://example.com/a", title="A title", description="More")
STARTS_AT = datetime(2099, 1, 1, 9, tzinfo=UTC)
ENDS_AT = datetime(2099, 1, 2, 9, tzinfo=UTC)

EXTRAS: list[tuple[str, Extras, Json]] = [
    (
        "image",
        InstagramExtras(first_comment="First", is_ai_generated=True),
        {"type": "post", "firstComment": "First", "isAiGenerated": True, "shouldShareToFeed": True},
    ),
    ("image", InstagramExtras(form=PostForm.STORY, share_to_feed=False), {"type": "story"}),
    ("video", InstagramExtras(), {"type": "reel", "shouldShareToFeed": True}),
    (
        "text",
        FacebookExtras(first_comment="First", link_card=CARD),
        {
            "type": "post",
            "firstComment": "First",
            "linkAttachment": {"url": CARD.url, "title": CARD.title},
        },
    ),
    ("image", FacebookExtras(form=PostForm.STORY), {"type": "story"}),
    ("video", FacebookExtras(form=PostForm.REEL), {"type": "reel"}),
    (
        "text",
        LinkedInExtras(first_comment="First", link_card=CARD),
        {
            "type": "post",
            "firstComment": "First",
            "linkAttachment": {"url": CARD.url, "title": CARD.title},
        },
    ),
    ("text", XExtras(is_ai_generated=True), {"type": "post", "isAiGenerated": True}),
    (
        "text",
        ThreadsExtras(topic="Books", link_card=CARD),
        {
            "type": "post",
            "topic": "Books",
            "linkAttachment": {"url": CARD.url, "title": CARD.title},
        },
    ),
    (
        "text",
        BlueskyExtras(link_card=CARD),
        {"type": "post", "linkAttachment": {"url": CARD.url, "title": CARD.title}},
    ),
    ("text", MastodonExtras(spoiler="The end"), {"type": "post", "spoilerText": "The end"}),
    ("video", TikTokExtras(is_ai_generated=True), {"isAiGenerated": True}),
    ("image", TikTokExtras(), {"title": "A title"}),
    (
        "video",
        YouTubeExtras(
            category="27",
            privacy=YouTubePrivacy.UNLISTED,
            license=YouTubeLicense.CREATIVE_COMMON,
            made_for_kids=True,
            notify_subscribers=False,
            embeddable=False,
            is_ai_generated=True,
        ),
        {
            "videoTitle": "A title",
            "privacy": "unlisted",
            "license": "creativeCommon",
            "madeForKids": True,
            "isAiGenerated": True,
            "category": {"categoryId": "27"},
        },
    ),
    ("image", PinterestExtras(), {"pinTitle": "A title", "url": "https://example.com/article"}),
    (
        "text",
        GoogleBusinessExtras(button=GoogleButton.BOOK),
        {"details": {"button": "book", "link": "https://example.com/article"}},
    ),
    (
        "text",
        GoogleBusinessExtras(button=GoogleButton.CALL),
        {"details": {"button": "call", "link": None}},
    ),
    (
        "image",
        GoogleBusinessExtras(
            kind=GooglePostKind.OFFER,
            title="Sale",
            code="HALF",
            terms="Once",
            starts_at=STARTS_AT,
            ends_at=ENDS_AT,
        ),
        {
            "type": "offer",
            "details": {
                "title": "Sale",
                "code": "HALF",
                "terms": "Once",
                "link": "https://example.com/article",
                "startDate": "2099-01-01T09:00:00.000Z",
                "endDate": "2099-01-02T09:00:00.000Z",
            },
        },
    ),
    (
        "text",
        GoogleBusinessExtras(
            kind=GooglePostKind.EVENT,
            title="Reading",
            is_full_day=True,
            starts_at=STARTS_AT,
            ends_at=ENDS_AT,
        ),
        {
            "type": "event",
            "details": {
                "title": "Reading",
                "button": "learn_more",
                "isFullDayEvent": True,
                "link": "https://example.com/article",
                "startDate": "2099-01-01T09:00:00.000Z",
                "endDate": "2099-01-02T09:00:00.000Z",
            },
        },
    ),
]
"""A shape of post, its extras, and what is read back under ``metadata``."""
