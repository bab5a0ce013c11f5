"""A post in review whose messages were sent to people, and the pages that the messages lead to."""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.notifications.messages import Notifying, message_name
from app.connections import Connections
from galley.models.draft import DraftEdit
from galley.models.media import MediaKind, StagedAsset
from galley.models.notification import (
    DeliverNotification,
    Notification,
    NotificationKind,
    NotifiedItem,
    NotifyChannel,
)
from galley.models.review import Decision, DecisionKind
from galley.models.team import Person, Policy, Team
from galley.review.links import DecisionLink, DecisionLinks
from galley.review.signatures import signature_of
from galley.settings import Settings
from tests.memory_store import MemoryStore
from tests.receivers import Mailbox, Receiver, mail_server, receiving
from tests.review.test_signatures import KEYS, PEOPLE
from tests.slack_emulator import SECRET, Slack
from tests.workflows.harness import Post
from tests.workflows.post_harness import open_post_harness
from web.app import create_app
from web.site import Site
from workflows.post.workflow import PostWorkflow

ADDRESS = "https://review.example.com"
LINKS = DecisionLinks("a secret of the tests, which is long enough")
_BYTES = b"\x89PNG\r\n\x1a\n and pixels"
_SHA256 = hashlib.sha256(_BYTES).hexdigest()
PICTURE = StagedAsset(
    kind=MediaKind.IMAGE,
    mime="image/png",
    sha256=_SHA256,
    size=len(_BYTES),
    width=8,
    height=8,
    alt_text="Eight squares.",
    staged_as=f"staging/{_SHA256}.png",
)

STAGED = Policy(
    channels=("x-main",), approvals=2, stages=("editor", "legal"), no_self_approval=True
)
"""Kim approves as editor, then Lee for legal."""


def team_of(*left: str) -> Team:
    """Return the team of three, without those who left."""
    known = {"email": "{}@example.com", "slack": "U-{}"}
    people = tuple(
        Person.model_validate(
            one.model_dump() | {key: value.format(one.name) for key, value in known.items()}
        )
        for one in PEOPLE
        if one.name not in left
    )
    return Team(people=people, policies={} if left else {"acme": STAGED})


@dataclass
class Desk:
    """A post in review, the pages that link to it, and what was sent to people."""

    client: Client
    post: Post
    folder: Path
    store: MemoryStore
    settings: Settings
    site: Site
    slack: Slack
    mail: Mailbox

    def browser(self, site: Site | None = None) -> httpx.AsyncClient:
        """Return a browser without any session; the pages of ``site`` may be another replica."""
        app = create_app(site or self.site, ("review.example.com",))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=ADDRESS, follow_redirects=True)

    async def link(self, by: str = "kim", **changes: Any) -> str:  # noqa: ANN401 -- fields
        view = await self.post.query(PostWorkflow.view)
        link = DecisionLink(
            post=view.workflow_id,
            revision=view.revision,
            digest=view.digest,
            by=by,
            until=datetime.now(UTC) + timedelta(hours=1),
        ).model_copy(update=changes)
        return f"/decide/{LINKS.make(link)}"

    async def send(self, channel: NotifyChannel) -> None:
        """Deliver the message about the post, as a worker does."""
        view = await self.post.query(PostWorkflow.view)
        item = NotifiedItem(workflow_id=view.workflow_id, state="in_review", revision=view.revision)
        told = Notification(
            id=f"msg_{view.revision}_{channel}",
            kind=NotificationKind.REVIEW_WAITING,
            title="1 post waiting for review",
            at=datetime.now(UTC),
            count=1,
            items=(item,),
        )
        name, body = message_name(told.id), told.model_dump_json().encode()
        await self.store.put_if_absent(name, body, "application/json")
        deliver = Notifying(self.client, self.store, self.settings).deliver_notification
        task = DeliverNotification(id=told.id, channel=channel)
        for _ in range(2):  # the second time it is known to be delivered
            done = await ActivityEnvironment().run(deliver, task)
            assert "/decide/" not in done.model_dump_json(), "a history holds what a step returns"

    async def press(self, told: dict[str, Any], action: str, by: str, reason: str = "") -> Any:  # noqa: ANN401 -- JSON
        """Press a button of a message, and return what Slack is told then."""
        before = len(self.slack.responses)
        async with self.browser() as slack:
            answer = await self.slack.click(told, action, f"U-{by}", reason).post(slack)
        assert (answer.status_code, answer.text) == (200, "")
        (one,) = self.slack.responses[before:]
        return one

    async def decisions(self) -> list[tuple[str, str]]:
        view = await self.post.query(PostWorkflow.view)
        return [(one.by, one.kind.value) for one in view.decisions]

    async def listed(self) -> set[str]:
        """Return the posts of the inbox."""
        return {one.row.workflow_id for one in await self.site.waiting.entries()}

    async def edit(self, text: str = "Other words, by lee.") -> None:
        """Edit the draft, as another person does meanwhile."""
        view = await self.post.query(PostWorkflow.view)
        said = Decision(
            kind=DecisionKind.EDIT,
            revision=view.revision,
            digest=view.digest,
            by="lee",
            at=datetime.now(UTC),
            edit=DraftEdit(text=text),
        )
        signed = {"signature": signature_of(KEYS["lee"], self.post.id, said)}
        await self.post.execute_update(PostWorkflow.decide, said.model_copy(update=signed))  # pyright: ignore[reportUnknownMemberType] -- one overload of the SDK is partly untyped


@asynccontextmanager
async def open_desk(
    temporal: Client, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Desk]:
    """Give a desk with a post that waits for two approvals."""
    (keys / "team.yaml").write_text(team_of().model_dump_json())
    async with AsyncExitStack() as opened:
        store = MemoryStore()
        harness = await opened.enter_async_context(open_post_harness(temporal, store, team_of()))
        harness.studio.media_on, harness.studio.picture = {"x-main"}, PICTURE
        await store.put_if_absent(PICTURE.staged_as, _BYTES, PICTURE.mime)
        receiver = await opened.enter_async_context(receiving(Receiver()))
        box = opened.enter_context(mail_server(keys))
        monkeypatch.setenv("SSL_CERT_FILE", str(box.authority))
        settings = Settings.model_construct(
            team=keys / "team.yaml",
            web_address=ADDRESS,
            web_links_secret=SecretStr("a secret of the tests, which is long enough"),
            slack_signing_secret=SecretStr(SECRET),
            notify_slack_url=SecretStr(receiver.url),
            notify_smtp_url=SecretStr(box.url),
            notify_mail_to=("Kim@example.com", "ann@example.com", "eve@example.com"),
            notify_texts=True,
        )
        post = await harness.reviewed(is_signed=True)
        site = pages_of(temporal, settings, store, keys)
        slack = Slack(receiver)
        desk = Desk(temporal, post, keys, store, settings, site, slack, box)
        slack.outside = await opened.enter_async_context(desk.browser())
        yield desk


def pages_of(temporal: Client, settings: Settings, store: MemoryStore, keys: Path) -> Site:
    async def connect() -> Client:
        return temporal

    connections = Connections(settings, connect)
    connections.__dict__["state"] = store
    return Site(connections, is_secure=True, address=ADDRESS, keys=keys)
