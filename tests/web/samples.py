"""Posts of every network as a person might review them, for the tests of the pages."""

from datetime import UTC, datetime

from galley.models.draft import Draft, Fact, FactKind, FactOrigin
from galley.models.media import MediaKind, StagedAsset
from galley.models.network import (
    BlueskyExtras,
    FacebookExtras,
    GoogleBusinessExtras,
    GooglePostKind,
    InstagramExtras,
    LinkCard,
    LinkedInExtras,
    MastodonExtras,
    Platform,
    ThreadsExtras,
    TikTokExtras,
    YouTubeExtras,
)
from galley.models.post import PostState, PostView

LINK = "https://www.example.org/notes/2026/11/quiet-mornings?utm=1"
LONG = (
    "We moved our release day from Friday to Tuesday, and incidents fell by 38 per cent.\n"
    "\n"
    "Three things changed. People who wrote the change are there when it breaks. Nobody is paged "
    "on a Saturday any more. And a fix waits for an hour, not for a weekend.\n"
    "\n"
    f"The numbers of all twelve teams, and what we would do again: {LINK} #release #ops"
)
CARD = LinkCard(
    url=LINK,
    title="What a quiet morning costs, and what it gives back",
    description="Twelve teams, one year, and the day on which they release.",
    thumbnail_url="https://www.example.org/cover.png",
)
DUE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def picture(number: int = 1, width: int = 1080, height: int = 1350, alt: str = "") -> StagedAsset:
    """Return a staged picture; its bytes are nowhere."""
    return _asset(MediaKind.IMAGE, "image/jpeg", number, width, height, alt)


def film(width: int = 1080, height: int = 1920) -> StagedAsset:
    """Return a staged film; its bytes are nowhere."""
    return _asset(MediaKind.VIDEO, "video/mp4", 7, width, height, "").model_copy(
        update={"duration": 21.0}
    )


def document() -> StagedAsset:
    """Return a staged PDF; its bytes are nowhere."""
    return _asset(MediaKind.DOCUMENT, "application/pdf", 8, 1080, 1350, "")


def _asset(
    kind: MediaKind, mime: str, number: int, width: int, height: int, alt: str
) -> StagedAsset:
    return StagedAsset(
        kind=kind,
        mime=mime,
        sha256=f"{number:064x}",
        size=214_000 * number,
        width=width,
        height=height,
        alt_text=alt,
        staged_as=f"staging/{number:064x}.{mime.partition('/')[2]}",
    )


def view_of(
    platform: Platform, draft: Draft, *staged: StagedAsset, facts: tuple[Fact, ...] = ()
) -> PostView:
    """Return a post of this network in review."""
    return PostView(
        workflow_id=f"post:5a5a:{platform}",
        campaign_id="campaign:5a5a",
        platform=platform,
        channel_id=f"channel-{platform}",
        channel_name="Acme Notes",
        state=PostState.IN_REVIEW,
        revision=1,
        draft=draft,
        staged=staged,
        facts=facts,
        due_at=DUE,
        digest="0" * 64,
    )


def fact(text: str, words: str, place: str = "text", origin: FactOrigin | None = None) -> Fact:
    """Return the fact ``words`` of a text; without an origin it is a claim."""
    at = text.index(words)
    return Fact(kind=FactKind.NUMBER, place=place, start=at, end=at + len(words), origin=origin)


def samples() -> dict[Platform, PostView]:
    """Return a post for each network, each with what only that network shows."""
    alt = "A bar chart: incidents in each quarter, lower after March."
    short = "Incidents fell by 38 per cent since we release on Tuesdays. #ops"
    return {
        Platform.X: view_of(
            Platform.X,
            Draft(
                text=f"Tuesday, not Friday: 38 per cent fewer incidents. {LINK} #ops",
                thread=(
                    f"Tuesday, not Friday: 38 per cent fewer incidents. {LINK} #ops",
                    "Whoever wrote the change is there when it breaks. Thanks @acme_ops.",
                    "And nobody is paged on a Saturday any more.",
                ),
            ),
            facts=(fact("Tuesday, not Friday: 38 per cent fewer", "38 per cent", origin=None),),
        ),
        Platform.LINKEDIN: view_of(
            Platform.LINKEDIN,
            Draft(text=LONG, extras=LinkedInExtras(first_comment=f"All numbers: {LINK}")),
            document(),
            facts=(fact(LONG, "38 per cent", origin=FactOrigin.SOURCE), fact(LONG, "twelve teams")),
        ),
        Platform.INSTAGRAM: view_of(
            Platform.INSTAGRAM,
            Draft(text=LONG, extras=InstagramExtras(first_comment="#release #tuesday")),
            *(picture(number, alt=alt) for number in range(1, 5)),
        ),
        Platform.FACEBOOK: view_of(
            Platform.FACEBOOK, Draft(text=LONG, extras=FacebookExtras(link_card=CARD))
        ),
        Platform.THREADS: view_of(
            Platform.THREADS,
            Draft(text=short, extras=ThreadsExtras(topic="Operations")),
            picture(1, alt=alt),
            picture(2),
        ),
        Platform.BLUESKY: view_of(
            Platform.BLUESKY, Draft(text=f"{short} {LINK}", extras=BlueskyExtras(link_card=CARD))
        ),
        Platform.MASTODON: view_of(
            Platform.MASTODON,
            Draft(
                text=f"{short} @ops@example.social", extras=MastodonExtras(spoiler="On-call work")
            ),
            *(picture(number, 1600, 900, alt) for number in range(1, 4)),
        ),
        Platform.TIKTOK: view_of(
            Platform.TIKTOK, Draft(text=LONG, extras=TikTokExtras(is_ai_generated=True)), film()
        ),
        Platform.YOUTUBE: view_of(
            Platform.YOUTUBE,
            Draft(
                text=LONG,
                title="Why we stopped releasing on Fridays, in twenty-one seconds",
                extras=YouTubeExtras(made_for_kids=True),
            ),
            film(),
        ),
        Platform.PINTEREST: view_of(
            Platform.PINTEREST,
            Draft(text=LONG[:240], title="Release day: Tuesday", link=LINK, board="Ideas"),
            picture(1, 1000, 1500, alt),
        ),
        Platform.GOOGLEBUSINESS: view_of(
            Platform.GOOGLEBUSINESS,
            Draft(
                text=LONG[:260],
                link=LINK,
                extras=GoogleBusinessExtras(
                    kind=GooglePostKind.EVENT,
                    title="Open morning",
                    starts_at=DUE,
                    ends_at=DUE.replace(hour=12),
                ),
            ),
            picture(1, 1200, 900, alt),
        ),
    }
