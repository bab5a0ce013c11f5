"""What people of the team did not approve never reaches Buffer, whoever asks for it."""

from collections.abc import AsyncGenerator

import pytest
from pytest_httpserver import HTTPServer

from activities.publishing.fence import AttemptFence
from activities.publishing.requests import BufferPublishing
from activities.publishing.team import TeamGate
from galley.clients.buffer.client import BufferClient
from galley.models.publishing import CreatePost, EditPost, ReplyKind
from galley.models.review import ApprovedProof
from galley.publishing.request import approval_of, request_for
from tests.attempts import attempt
from tests.clients.buffer_answers import KEY, LIMITS, created_json
from tests.memory_store import MemoryStore
from tests.review.test_signatures import ATTACKS, HONEST, NOW, PROOF, TEAM

REQUEST = request_for(PROOF, (), NOW)
FORGED: dict[str, ApprovedProof | None] = {
    "nobody": None,
    "a digest alone": ApprovedProof(digest=PROOF.digest),
    "by itself": approval_of(PROOF, is_auto=True),
    **{name: approval_of(PROOF, (said,)) for name, (said, _) in ATTACKS.items()},
}


@pytest.fixture
async def gated(httpserver: HTTPServer) -> AsyncGenerator[BufferPublishing]:
    """Return the calls to Buffer of a worker with a team."""
    client = BufferClient(httpserver.url_for("/"), KEY, timeout=10, user_agent="galley/test")
    yield BufferPublishing(client, AttemptFence(MemoryStore()), None, TeamGate(TEAM))
    await client.aclose()


@pytest.mark.parametrize("by", FORGED)
async def test_a_job_that_anybody_hands_to_the_account_sends_nothing(
    httpserver: HTTPServer, gated: BufferPublishing, by: str
) -> None:
    create = CreatePost(job_id="k:c", attempt=1, request=REQUEST, approval=FORGED[by])
    edit = EditPost(post_id="b1", job_id="k:c", request=REQUEST, approval=FORGED[by])
    created = await attempt().run(gated.create_post, create)
    edited = await attempt().run(gated.edit_post, edit)

    assert (created.kind, edited.kind) == (ReplyKind.REFUSED, ReplyKind.REFUSED)
    assert created.message.startswith("It was not let out: ")
    assert httpserver.log == []


async def test_what_the_team_approved_is_sent(
    httpserver: HTTPServer, gated: BufferPublishing
) -> None:
    httpserver.expect_request("/").respond_with_json(created_json(), 200, LIMITS)
    approval = approval_of(PROOF, (HONEST,))
    create = CreatePost(job_id="k:c", attempt=1, request=REQUEST, approval=approval)

    reply = await attempt().run(gated.create_post, create)

    assert reply.kind is ReplyKind.OK
