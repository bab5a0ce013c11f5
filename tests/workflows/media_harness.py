"""A harness whose posts get media that are generated, filmed and fitted for real."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from activities.media.films import Filming
from activities.media.fit import MediaFitting
from activities.media.generation import GeneratingMedia
from galley.clients.storage import ObjectStore
from galley.media.captions import Frame
from galley.models.channel import Channel
from galley.models.post import PostState, PostView
from tests.bounded_worker import BoundedWorker
from tests.workflows.harness import Harness, Post, open_harness, until
from workflows import ids
from workflows.post.workflow import PostWorkflow


@dataclass(frozen=True)
class Makers:
    """What makes media, over one store and one emulator."""

    store: ObjectStore
    generating: GeneratingMedia

    @asynccontextmanager
    async def harness(self, client: Client, *channels: Channel) -> AsyncGenerator[Harness]:
        """Run a harness for these channels, and all that makes media for it."""
        async with self.fitting_harness(client, *channels) as harness, self.waiting(harness):
            yield harness

    @asynccontextmanager
    async def fitting_harness(self, client: Client, *channels: Channel) -> AsyncGenerator[Harness]:
        """Run a harness for which nobody orders media yet."""
        async with open_harness(client, self.store, *channels) as harness:
            making = BoundedWorker(
                client,
                task_queue=ids.Queue.MEDIA.beside(harness.queue),
                activities=[
                    MediaFitting(self.store).fit_media,
                    Filming(self.store, frame=Frame(360, 640)).film_short,
                ],
            )
            async with making:
                yield harness

    def waiting(self, harness: Harness) -> Worker:
        """Return the worker that has media generated."""
        return BoundedWorker(
            harness.client,
            task_queue=ids.Queue.GENERATION.beside(harness.queue),
            activities=[
                self.generating.order_media,
                self.generating.await_media,
                self.generating.store_media,
            ],
            graceful_shutdown_timeout=timedelta(seconds=5),
        )


@pytest.fixture
def makers(state_store: ObjectStore, generating: GeneratingMedia) -> Makers:
    """Give what makes media by the emulator's own models."""
    return Makers(state_store, generating)


async def view_of(post: Post) -> PostView:
    return await post.query(PostWorkflow.view)


async def anew(post: Post) -> PostView:
    """Wait for the second draft to be in review."""
    return await until(
        lambda: view_of(post),
        lambda view: view.revision == 2 and view.state is PostState.IN_REVIEW,
        seconds=60,
    )
