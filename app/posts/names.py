"""Which post or campaign a person means by a short name."""

import asyncio
from dataclasses import dataclass

from temporalio.client import Client

from app.connections import Connections
from app.errors import AppError, InvalidRequestError, NotFoundError
from app.posts.directory import CampaignRow, PostRow, list_campaigns, list_posts
from galley.clients.payloads.keys import MissingKeyError

_POST, _CAMPAIGN = "post:", "campaign:"


@dataclass(frozen=True)
class Target:
    """What was meant: one post, or one campaign with all its posts."""

    campaign: CampaignRow | None
    posts: tuple[PostRow, ...]

    @property
    def is_campaign(self) -> bool:
        """Whether a whole campaign was named."""
        return self.campaign is not None


async def reach(connections: Connections, text: str) -> Target:
    """Return the post or campaign a person named.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: More than one thing has it, or none can have.
        MissingKeyError: It cannot be read here. What this client would send with a
            key of its own could not be read by workers either.
    """
    key_prefix(text)  # what cannot be a name is said before anything is asked
    client = await connections.temporal()
    target = resolve(text, *await find_named(client, text))
    for post in target.posts:
        if post.missing_key:
            raise MissingKeyError(post.missing_key)
    return target


async def find_named(client: Client, text: str) -> tuple[list[CampaignRow], list[PostRow]]:
    """Return the campaigns and posts that ``text`` could name.

    Raises:
        InvalidRequestError: It cannot be the name of any.
    """
    key = key_prefix(text)
    campaigns, posts = await asyncio.gather(
        list_campaigns(client, f'WorkflowId STARTS_WITH "campaign:{key}"'),
        list_posts(client, f'WorkflowId STARTS_WITH "post:{key}"'),
    )
    return campaigns, posts


def key_prefix(text: str) -> str:
    """Return the start of the campaign key in ``text``, to narrow a search.

    Raises:
        InvalidRequestError: The text cannot be the name of a post or a campaign.
    """
    bare = text.removeprefix(_POST).removeprefix(_CAMPAIGN)
    key = bare.partition("/")[0].partition(":")[0].strip()
    if not key or not all(c.isalnum() or c == "-" for c in key):
        raise InvalidRequestError(
            f"{text!r} is not the name of a post: copy one from `starter.py list`, or "
            "write <campaign>/<platform>."
        )
    return key


def resolve(text: str, campaigns: list[CampaignRow], posts: list[PostRow]) -> Target:
    """Return what ``text`` means among the given rows.

    It may be a full ID, the unique start of one (with or without ``post:`` or
    ``campaign:``), or ``<campaign>/<platform>``.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: Several things have it.
    """
    if "/" in text:
        return _one_post(text, _by_platform(text, campaigns, posts))
    exact = [p for p in posts if text in {p.workflow_id, _bare(p.workflow_id)}]
    if exact:
        return Target(None, (exact[0],))
    found = _campaigns(text, campaigns)
    if found:
        campaign = _one_campaign(text, found)
        mine = tuple(p for p in posts if p.campaign_id == campaign.workflow_id)
        return Target(campaign, mine)
    return _one_post(text, [p for p in posts if _starts(p.workflow_id, text, _POST)])


def _campaigns(text: str, campaigns: list[CampaignRow]) -> list[CampaignRow]:
    exact = [c for c in campaigns if text in {c.workflow_id, _bare(c.workflow_id)}]
    return exact or [c for c in campaigns if _starts(c.workflow_id, text, _CAMPAIGN)]


def _by_platform(text: str, campaigns: list[CampaignRow], posts: list[PostRow]) -> list[PostRow]:
    name, _, platform = text.partition("/")
    campaign = _one_campaign(name, _campaigns(name, campaigns))
    wanted = platform.strip().casefold()
    return [
        post
        for post in posts
        if post.campaign_id == campaign.workflow_id
        and wanted in {post.platform, post.channel_id.casefold()}
    ]


def _starts(workflow_id: str, text: str, prefix: str) -> bool:
    if not text.startswith(prefix) and text.startswith((_POST, _CAMPAIGN)):
        return False
    return workflow_id.startswith(prefix + text.removeprefix(prefix))


def _bare(workflow_id: str) -> str:
    return workflow_id.removeprefix(_POST).removeprefix(_CAMPAIGN)


def _one_campaign(text: str, found: list[CampaignRow]) -> CampaignRow:
    if len(found) == 1:
        return found[0]
    raise _not_one(text, [row.workflow_id for row in found])


def _one_post(text: str, found: list[PostRow]) -> Target:
    if len(found) == 1:
        return Target(None, (found[0],))
    raise _not_one(text, [row.workflow_id for row in found])


def _not_one(text: str, names: list[str]) -> AppError:
    if not names:
        return NotFoundError(
            f"There is no post or campaign {text!r}: `starter.py list` shows them."
        )
    shown = ", ".join(sorted(names)[:5])
    return InvalidRequestError(f"{text!r} could be any of {len(names)}: {shown}. Write more of it.")
