"""What people of the team did not approve never reaches Buffer, whoever asks for it."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from temporalio.exceptions import ApplicationError
from typing_extensions import override

from activities.media.hosting import PublicHosting
from activities.publishing.fence import AttemptFence
from activities.publishing.requests import BufferPublishing
from activities.publishing.team import TeamGate
from galley.clients.buffer.client import BufferClient
from galley.clients.public_fetch import PublicFetch
from galley.clients.team_file import TeamFile
from galley.models.account import PublishJob
from galley.models.media import MediaKind, PublicAsset
from galley.models.proof import Proof, ProofAsset
from galley.models.publishing import CreatePost, EditPost, HoldReason, ReplyKind
from galley.models.review import ApprovedProof, Decision
from galley.models.team import EndApprovals, ReadTeam, Team
from galley.publishing.request import approval_of, request_for
from tests.attempts import attempt
from tests.clients.buffer_answers import KEY, LIMITS, created_json, fault_json, post_json
from tests.memory_store import MemoryStore
from tests.review.test_signatures import ATTACKS, HONEST, NOW, PROOF, TEAM, signed

REQUEST = request_for(PROOF, (), NOW)
BUFFER_ID = "64c000000000000000000001"
FORGED: dict[str, ApprovedProof | None] = {
    "nobody": None,
    "a digest alone": ApprovedProof(digest=PROOF.digest),
    "by itself": approval_of(PROOF, is_auto=True),
    **{name: approval_of(PROOF, (said,)) for name, (said, _) in ATTACKS.items()},
}
PICTURE = b"\xff\xd8\xff" + bytes(range(256))
PICTURE_SHA256 = hashlib.sha256(PICTURE).hexdigest()


@dataclass
class Gated:
    """The calls to Buffer of a worker with a team, or of another one beside it."""

    server: HTTPServer
    client: BufferClient
    state: MemoryStore
    media: MemoryStore

    @property
    def gate(self) -> TeamGate:
        return self._gate(TEAM)

    def _gate(self, team: Team | None) -> TeamGate:
        return TeamGate(lambda: team, self.state, self._hosting)

    @property
    def _hosting(self) -> PublicHosting:
        return PublicHosting(self.state, self.media, PublicFetch(may_be_private=True))

    def calls(self, team: Team | None = TEAM) -> BufferPublishing:
        fence = AttemptFence(self.state)
        return BufferPublishing(self.client, fence, self._hosting, self._gate(team))

    async def create(
        self, proof: Proof = PROOF, by: ApprovedProof | None = None, **more: object
    ) -> str:
        """Return what becomes of a create: its kind and message."""
        media = tuple(self.public(one) for one in proof.assets)
        task = CreatePost(
            job_id="k:c",
            attempt=1,
            request=request_for(proof, media, proof.due_at or NOW),
            approval=by or approval_of(proof, (approve(proof),)),
        ).model_copy(update=more)
        reply = await attempt().run(self.calls().create_post, task)
        return f"{reply.kind} {reply.message}".strip()

    async def edit(self, post_id: str, proof: Proof = PROOF, at: datetime = NOW) -> str:
        task = EditPost(
            post_id=post_id,
            job_id="k:c",
            request=request_for(proof, (), proof.due_at or NOW),
            approval=approval_of(proof, (approve(proof, at),)),
        )
        reply = await attempt().run(self.calls().edit_post, task)
        return f"{reply.kind} {reply.message}".strip()

    def public(self, asset: ProofAsset) -> PublicAsset:
        url = self.server.url_for(f"/media/{asset.sha256[:2]}/{asset.sha256}.jpg")
        return PublicAsset(**asset.model_dump(), url=url)


class ServedStore(MemoryStore):
    """A store whose objects the test's server shows in public."""

    def __init__(self, server: HTTPServer) -> None:
        super().__init__()
        self._server = server

    def public_url(self, name: str) -> str:
        return self._server.url_for(f"/{name}")


def approve(proof: Proof, at: datetime = NOW) -> Decision:
    """Return ann's signed approval of a proof."""
    fields = {"kind": "approve", "revision": 1, "digest": proof.digest, "by": "ann", "at": at}
    return signed(Decision.model_validate(fields))


def as_of(text: str) -> Proof:
    return PROOF.model_copy(update={"text": text})


@pytest.fixture
async def gated(httpserver: HTTPServer) -> AsyncGenerator[Gated]:
    client = BufferClient(httpserver.url_for("/"), KEY, timeout=10, user_agent="galley/test")
    httpserver.expect_request("/").respond_with_json(created_json(), 200, LIMITS)
    yield Gated(httpserver, client, MemoryStore(), ServedStore(httpserver))
    await client.aclose()


@pytest.mark.parametrize("by", FORGED)
async def test_a_job_that_anybody_hands_to_the_account_sends_nothing(
    httpserver: HTTPServer, gated: Gated, by: str
) -> None:
    create = CreatePost(job_id="k:c", attempt=1, request=REQUEST, approval=FORGED[by])
    edit = EditPost(post_id="b1", job_id="k:c", request=REQUEST, approval=FORGED[by])
    created = await attempt().run(gated.calls().create_post, create)
    edited = await attempt().run(gated.calls().edit_post, edit)

    assert (created.kind, edited.kind) == (ReplyKind.REFUSED, ReplyKind.REFUSED)
    assert created.message.startswith("It was not let out: ")
    assert created.reason is HoldReason.NOT_LET_OUT
    assert httpserver.log == []


async def test_what_the_team_approved_is_sent(gated: Gated) -> None:
    assert await gated.create(by=approval_of(PROOF, (HONEST,))) == "ok"


ILLUSTRATED = PROOF.model_copy(
    update={
        "assets": (
            ProofAsset(
                kind=MediaKind.IMAGE, mime="image/jpeg", sha256=PICTURE_SHA256, size=len(PICTURE)
            ),
        )
    }
)


async def test_a_medium_under_another_address_than_its_contents_is_not_sent(gated: Gated) -> None:
    gated.server.expect_request("/evil.jpg").respond_with_data(PICTURE, content_type="image/jpeg")
    request = request_for(ILLUSTRATED, (gated.public(ILLUSTRATED.assets[0]),), NOW)
    evil = request.assets[0].model_copy(update={"url": gated.server.url_for("/evil.jpg")})

    said = await gated.create(ILLUSTRATED, request=request.replace(assets=(evil,)))

    assert said.startswith("refused It was not let out: a medium has another address")


@pytest.mark.parametrize(("served", "kind"), [(PICTURE, "ok"), (PICTURE[::-1], "not_sent")])
async def test_other_bytes_than_the_approved_ones_are_not_sent(
    gated: Gated, served: bytes, kind: str
) -> None:
    address = f"/media/{PICTURE_SHA256[:2]}/{PICTURE_SHA256}.jpg"
    gated.server.expect_request(address).respond_with_data(served, content_type="image/jpeg")

    assert (await gated.create(ILLUSTRATED)).startswith(kind)


async def test_an_edit_goes_to_the_post_alone_that_buffer_made_of_this_one(gated: Gated) -> None:
    await gated.create()

    other = await gated.edit("another-post")
    own = await gated.edit(BUFFER_ID)

    assert other == "refused It was not let out: Buffer's post another-post was not made of it."
    assert not own.startswith("refused")


@pytest.mark.parametrize(
    ("shown", "kind", "creates"),
    [
        ({"data": {"post": post_json(id=BUFFER_ID)}}, ReplyKind.ATTEMPTED, 1),
        (fault_json("Post not found", "NOT_FOUND"), ReplyKind.OK, 2),
        (fault_json("Down", "UNEXPECTED"), ReplyKind.UNREACHABLE, 1),
        (fault_json("Not authorized", "UNAUTHORIZED"), ReplyKind.UNAUTHORIZED, 1),
        (fault_json("Not allowed", "FORBIDDEN"), ReplyKind.UNAUTHORIZED, 1),
        (fault_json("Too many", "RATE_LIMIT_EXCEEDED"), ReplyKind.RATE_LIMITED, 1),
    ],
)
async def test_a_proof_is_used_up_as_long_as_buffer_has_its_post(
    httpserver: HTTPServer, gated: Gated, shown: dict[str, Any], kind: ReplyKind, creates: int
) -> None:
    await gated.create()
    httpserver.expect_oneshot_request("/").respond_with_json(shown, 200, LIMITS)

    # A forged task names an attempt that nobody made.
    again = await gated.create(attempt=99)

    made = [one for one, _ in httpserver.log if b"createPost" in one.get_data()]
    assert len(made) == creates
    assert again.startswith(kind)


@pytest.mark.parametrize(
    ("held", "why"), [(b"{", "What the gate remembers"), (None, "The store went away.")]
)
async def test_why_it_is_not_known_whether_a_proof_is_used_up_is_said(
    gated: Gated, held: bytes | None, why: str
) -> None:
    task = CreatePost(job_id="k:c", attempt=1, request=REQUEST)
    await gated.state.replace("releases/k:c.json", held or b"{}", "application/json", "")
    gated.state.is_away = held is None

    reply = await gated.gate.used_up(task, gated.client)

    assert reply is not None
    assert reply.kind is ReplyKind.STORE_AWAY
    assert why in reply.message


async def test_what_was_replaced_is_let_out_no_more(gated: Gated) -> None:
    better, later = as_of("better"), NOW + timedelta(minutes=1)
    await gated.create()
    await gated.edit(BUFFER_ID, better, later)

    again = await gated.create(attempt=99)
    old_words = await gated.edit(BUFFER_ID)

    assert again.startswith("refused It was not let out: another was approved since")
    assert old_words.startswith("refused It was not let out: another was approved since")


async def test_an_approval_ends_with_its_post(gated: Gated) -> None:
    await gated.create()
    await attempt().run(gated.gate.end_approvals, EndApprovals(job_id="k:c"))

    again = await gated.create(attempt=99)
    later = approval_of(PROOF, (approve(PROOF, NOW + timedelta(seconds=1)),))
    anew = await gated.create(by=later, attempt=100)

    assert again.startswith("refused It was not let out: the post ended at ")
    assert anew == "ok"


async def test_what_was_handed_over_counts_before_it_goes_out(gated: Gated) -> None:
    better, later = as_of("better"), NOW + timedelta(minutes=1)
    job = PublishJob(
        job_id="k:c",
        owner="post:k:c/1",
        reply_to="post:k:c",
        claimed_at=NOW,
        request=request_for(better, (), NOW),
        approval=approval_of(better, (approve(better, later),)),
    )
    forged = approval_of(better, (approve(PROOF, later + timedelta(days=1)),))
    await gated.gate.note(job)
    await gated.gate.note(job.replace(approval=forged))

    assert "another was approved since, at 2099-12-01 09:01:00 UTC" in await gated.create()


async def test_a_post_goes_out_neither_before_its_time_nor_years_later(gated: Gated) -> None:
    approval = approval_of(PROOF, (HONEST,))
    for days in (-1, 9999):
        request = REQUEST.replace(due_at=NOW + timedelta(days=days))
        said = await gated.create(by=approval, request=request)

        assert said.startswith("refused It was not let out: it would go out at ")


async def test_the_gate_follows_the_team_file_and_one_that_cannot_be_used_lets_nothing_out(
    gated: Gated, tmp_path: Path
) -> None:
    file, approval = tmp_path / "team.yaml", approval_of(PROOF, (HONEST,))
    file.write_text(TEAM.model_dump_json())
    gate = TeamGate(TeamFile(file).read, gated.state)
    task = CreatePost(job_id="k:c", attempt=1, request=REQUEST, approval=approval)
    before = await gate.why_not(task)
    file.write_text("people: {")
    broken = await gate.why_not(task)
    with pytest.raises(ApplicationError, match="is no YAML") as unread:
        await attempt().run(gate.read_team, ReadTeam())
    others = tuple(one for one in TEAM.people if one.name != HONEST.by)
    file.write_text(Team(people=others).model_dump_json())
    after = await gate.why_not(task)
    roster = await attempt().run(gate.read_team, ReadTeam())

    assert before is None
    assert broken
    assert not broken.is_final
    assert not unread.value.non_retryable
    assert after
    assert f"{HONEST.by} is not in the team" in after.message
    assert roster.people == others


async def test_a_worker_without_the_team_lets_nothing_out_beside_one_that_has_it(
    gated: Gated,
) -> None:
    before = CreatePost(job_id="k:d", attempt=1, request=REQUEST)
    unsigned = await attempt().run(gated.calls(None).create_post, before)
    await gated.create()
    open_worker = gated.calls(None)
    task = CreatePost(job_id="k:e", attempt=1, request=REQUEST)
    edit = EditPost(post_id=BUFFER_ID, job_id="k:c", request=REQUEST)

    created = await attempt().run(open_worker.create_post, task)
    edited = await attempt().run(open_worker.edit_post, edit)

    assert unsigned.kind is ReplyKind.OK
    assert (created.kind, edited.kind) == (ReplyKind.STORE_AWAY, ReplyKind.STORE_AWAY)
    assert "set GALLEY_TEAM" in created.message
    assert await TeamGate(lambda: None, gated.state).is_signed()


async def test_a_policy_is_that_of_the_channel_whatever_the_campaign_calls_itself(
    gated: Gated,
) -> None:
    bound = PROOF.model_copy(update={"channel_id": "acme-x", "brand": "robots"})

    by_itself = await gated.create(bound, approval_of(bound, is_auto=True))
    by_one = await gated.create(bound)

    assert by_itself.startswith("refused")
    assert by_one.startswith("refused")


async def test_an_edit_passes_no_gate_that_cannot_learn_whether_a_team_began_since(
    gated: Gated,
) -> None:
    now = 0.0
    gate = TeamGate(lambda: None, gated.state, clock=lambda: now)
    edit = EditPost(post_id=BUFFER_ID, job_id="k:c", request=REQUEST)
    before = await gate.why_not(edit)
    await gated.create()
    gated.state.is_away = True
    now = 31.0

    after = await gate.why_not(edit)

    assert before is None
    assert after is not None
    assert not after.is_final


class SilentStore(MemoryStore):
    """A bucket that takes a question and never answers."""

    @override
    async def read_versioned(self, name: str) -> tuple[bytes | None, str]:
        await asyncio.Event().wait()
        return None, name


async def test_a_bucket_that_is_silent_fills_no_slot_with_the_end_of_approvals() -> None:
    gate = TeamGate(lambda: TEAM, SilentStore())

    with pytest.raises(ApplicationError, match="did not answer in time") as failed:
        await attempt().run(gate.end_approvals, EndApprovals(job_id="k:c"))

    assert not failed.value.non_retryable
