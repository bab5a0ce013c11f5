"""The settings of each network with every field set, and how they are read back."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one network is sent under its key, and what it gives back."""

    service: str
    typename: str
    """Of the member of ``PostMetadata``."""
    fields: str
    """To be read of it."""
    sent: Json
    back: Json
    """Empty where it is just what was sent."""

    @property
    def name(self) -> str:
        return f"{self.service} {self.sent.get('type', '')}".strip()

    @property
    def key(self) -> str:
        return "google" if self.service == GOOGLE else self.service


CARD: Json = {
    "url": "https://example.com/read",
    "title": "Read on",
    "description": "A page",
    "thumbnail": {"url": "https://example.com/thumb.jpg"},
}
CARD_BACK = {
    "url": "https://example.com/read",
    "expandedUrl": "https://example.com/read",
    "title": "Read on",
    "text": "A page",
    "thumbnail": "https://example.com/thumb.jpg",
    "thumbnails": ["https://example.com/thumb.jpg"],
}
LINK = "linkAttachment { url expandedUrl title text thumbnail thumbnails }"
START, END = "2031-05-01T09:00:00.000Z", "2031-05-02T18:30:00.000Z"
GOOGLE = "googlebusiness"

SAMPLES = [
    Sample(
        "twitter",
        "TwitterPostMetadata",
        "isAiGenerated retweet { id url thumbnails }",
        {"isAiGenerated": True, "retweet": {"id": "20", "comment": "So it began"}},
        {
            "isAiGenerated": True,
            "retweet": {"id": "20", "url": "https://x.example/i/status/20", "thumbnails": []},
        },
    ),
    Sample(
        "linkedin",
        "LinkedInPostMetadata",
        f"firstComment {LINK} annotations {{ type text content url indices }}",
        {
            "firstComment": "First!",
            "linkAttachment": CARD,
            "annotations": [
                {
                    "id": "1",
                    "entity": "urn:li:organization:1",
                    "length": 4,
                    "link": "https://example.com/acme",
                    "localizedName": "Acme",
                    "start": 5,
                    "vanityName": "acme",
                }
            ],
        },
        {
            "firstComment": "First!",
            "linkAttachment": CARD_BACK,
            "annotations": [
                {
                    "type": "mention",
                    "text": "Acme",
                    "content": "urn:li:organization:1",
                    "url": "https://example.com/acme",
                    "indices": [5, 9],
                }
            ],
        },
    ),
    Sample(
        "facebook",
        "FacebookPostMetadata",
        f"type firstComment {LINK} annotations {{ type text content url indices }}",
        {
            "type": "post",
            "firstComment": "First!",
            "linkAttachment": CARD,
            "annotations": [
                {
                    "content": "1",
                    "indices": [0, 4],
                    "text": "Text",
                    "url": "https://example.com/text",
                }
            ],
        },
        {
            "type": "post",
            "firstComment": "First!",
            "linkAttachment": CARD_BACK,
            "annotations": [
                {
                    "type": "mention",
                    "text": "Text",
                    "content": "1",
                    "url": "https://example.com/text",
                    "indices": [0, 4],
                }
            ],
        },
    ),
    Sample(
        "instagram",
        "InstagramPostMetadata",
        "type shouldShareToFeed firstComment isAiGenerated link"
        " geolocation { id text } stickerFields { music other products text topics }",
        {
            "type": "post",
            "shouldShareToFeed": False,
            "firstComment": "First!",
            "isAiGenerated": True,
            "link": "https://example.com/shop",
            "geolocation": {"id": "7", "text": "Here"},
            "stickerFields": {
                "music": "a",
                "other": "b",
                "products": "c",
                "text": "d",
                "topics": "e",
            },
        },
        {},
    ),
    Sample(
        "threads",
        "ThreadsPostMetadata",
        f"type topic locationId locationName {LINK}",
        {
            "type": "post",
            "topic": "Printing",
            "locationId": "7",
            "locationName": "Here",
            "linkAttachment": CARD,
        },
        {
            "type": "post",
            "topic": "Printing",
            "locationId": "7",
            "locationName": "Here",
            "linkAttachment": CARD_BACK,
        },
    ),
    Sample(
        "bluesky",
        "BlueskyPostMetadata",
        LINK,
        {"linkAttachment": CARD},
        {"linkAttachment": CARD_BACK},
    ),
    Sample("mastodon", "MastodonPostMetadata", "spoilerText", {"spoilerText": "Long"}, {}),
    Sample("tiktok", "TiktokPostMetadata", "title", {"title": "Photos"}, {}),
    Sample(
        "youtube",
        "YoutubePostMetadata",
        "title category { categoryId } privacy license embeddable madeForKids"
        " notifySubscribers isAiGenerated",
        {
            "title": "A short",
            "categoryId": "27",
            "privacy": "unlisted",
            "license": "creativeCommon",
            "embeddable": False,
            "madeForKids": True,
            "notifySubscribers": False,
            "isAiGenerated": True,
        },
        {
            "title": "A short",
            "category": {"categoryId": "27"},
            "privacy": "unlisted",
            "license": "creativeCommon",
            "embeddable": False,
            "madeForKids": True,
            "notifySubscribers": False,
            "isAiGenerated": True,
        },
    ),
    Sample(
        "pinterest",
        "PinterestPostMetadata",
        "title url board { name }",
        {"title": "A pin", "url": "https://example.com/pin"},
        {"title": "A pin", "url": "https://example.com/pin", "board": {"name": "Articles"}},
    ),
    Sample(
        GOOGLE,
        "GoogleBusinessPostMetadata",
        "type title details { __typename ... on GoogleBusinessWhatsNewMetaData { button link } }",
        {
            "type": "whats_new",
            "title": "News",
            "detailsWhatsNew": {"button": "book", "link": "https://example.com/"},
        },
        {
            "type": "whats_new",
            "title": "News",
            "details": {
                "__typename": "GoogleBusinessWhatsNewMetaData",
                "button": "book",
                "link": "https://example.com/",
            },
        },
    ),
    Sample(
        GOOGLE,
        "GoogleBusinessPostMetadata",
        "type details { ... on GoogleBusinessOfferMetaData"
        " { title code terms link startDate endDate } }",
        {
            "type": "offer",
            "detailsOffer": {
                "title": "Half off",
                "code": "HALF",
                "terms": "Once each",
                "link": "https://example.com/",
                "startDate": START,
                "endDate": END,
            },
        },
        {
            "type": "offer",
            "details": {
                "title": "Half off",
                "code": "HALF",
                "terms": "Once each",
                "link": "https://example.com/",
                "startDate": START,
                "endDate": END,
            },
        },
    ),
    Sample(
        GOOGLE,
        "GoogleBusinessPostMetadata",
        "type details { ... on GoogleBusinessEventMetaData"
        " { title button link startDate endDate isFullDayEvent } }",
        {
            "type": "event",
            "detailsEvent": {
                "title": "Open day",
                "button": "signup",
                "link": "https://example.com/",
                "startDate": START,
                "endDate": END,
                "isFullDayEvent": False,
            },
        },
        {
            "type": "event",
            "details": {
                "title": "Open day",
                "button": "signup",
                "link": "https://example.com/",
                "startDate": START,
                "endDate": END,
                "isFullDayEvent": False,
            },
        },
    ),
    Sample(
        "substack",
        "SubstackPostMetadata",
        LINK,
        {"linkAttachment": CARD},
        {"linkAttachment": CARD_BACK},
    ),
]
