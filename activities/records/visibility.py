"""Queries of Temporal's visibility; notifications and records find runs with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from temporalio.client import Client, WorkflowExecution
from temporalio.common import SearchAttributeKey

from galley.notifications.needs import SeenPost
from galley.review.links import page_of_post

STATE = SearchAttributeKey.for_keyword("GalleyState")
_PLATFORM = SearchAttributeKey.for_keyword("GalleyPlatform")
_CAMPAIGN = SearchAttributeKey.for_keyword("GalleyCampaign")
_DUE_AT = SearchAttributeKey.for_datetime("GalleyDueAt")
_CHOICES = SearchAttributeKey.for_int("GalleyChoices")
_PAGE = 1000


@dataclass(frozen=True)
class Visible:
    """The runs of one installation, which is one task queue.

    Attributes:
        client: Temporal.
        task_queue: The task queue of the workflows.
        ui: Address of the Temporal UI; empty for no links.
        pages: Address of the review pages; empty for none.
    """

    client: Client
    task_queue: str
    ui: str = ""
    pages: str = ""

    async def runs(self, kind: str, where: str, most: int = 1000) -> list[WorkflowExecution]:
        """Return runs of one workflow type, at most ``most``."""
        # Other installations may share the namespace.
        scope = f'WorkflowType="{kind}" AND TaskQueue="{self.task_queue}"'
        # No larger a page than is wanted: the SDK asks for 1,000 unless told otherwise.
        found = self.client.list_workflows(
            f"{scope} AND {where}", limit=most, page_size=min(most, _PAGE)
        )
        return [run async for run in found]

    async def posts(self, where: str, most: int = 1000) -> list[SeenPost]:
        """Return posts, at most ``most``."""
        found = await self.runs("PostWorkflow", where, most)
        return [await self.seen(run) for run in found]

    async def seen(self, run: WorkflowExecution) -> SeenPost:
        """Return a post by its search attributes and memo, without a worker."""
        found = run.typed_search_attributes
        return SeenPost(
            workflow_id=run.id,
            state=found.get(STATE) or "",
            campaign_id=found.get(_CAMPAIGN) or "",
            platform=found.get(_PLATFORM) or "",
            title=str(await run.memo_value("title", "")),
            choices=found.get(_CHOICES) or 0,
            due_at=found.get(_DUE_AT),
            link=self.link(run.id),
            page=page_of_post(self.pages, run.id),
        )

    def link(self, workflow_id: str) -> str:
        """Return the run's page in the Temporal UI; empty without an address of the UI."""
        if not self.ui:
            return ""
        place = f"namespaces/{quote(self.client.namespace, safe='')}/workflows"
        return f"{self.ui.rstrip('/')}/{place}/{quote(workflow_id, safe='')}"


def among(name: str, values: Iterable[str]) -> str:
    """Return the condition that an attribute has one of these values."""
    listed = ", ".join(f'"{value}"' for value in values)
    return f"{name} IN ({listed})"


def since(at: datetime) -> str:
    """Return the condition that a run ended after that."""
    return f'CloseTime > "{at:%Y-%m-%dT%H:%M:%SZ}"'
