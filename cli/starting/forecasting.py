"""When Buffer's quota takes the posts of several campaigns, together."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.accounts.directory import read_outlook
from app.accounts.workflows import accounts_meant
from app.connections import open_client
from app.errors import AppError
from cli.terminal.times import local_zone_name
from galley.models import AskLimits, PlannedPost
from galley.quota.forecast import told
from galley.settings import Settings
from workflows import ids


async def quota_of(posts: Sequence[PlannedPost]) -> str:
    """Return the forecast in a sentence; empty where none can be made.

    Asks Buffer nothing.
    """
    settings = Settings()
    client = await open_client()
    accounts = await accounts_meant(client, settings)
    if len(accounts) != 1:
        return ""
    task = AskLimits(
        organization_id=accounts[0].removeprefix(ids.account_id("")),
        channel_ids=tuple(sorted({post.channel_id for post in posts})),
        calls=len(posts),
    )
    try:
        outlook = await read_outlook(client, settings, task)
    except AppError:
        return ""  # What was started is started.
    due = [post.due_at for post in posts]
    zone = ZoneInfo(local_zone_name())
    return told(outlook.openings, due, datetime.now(UTC), zone)
