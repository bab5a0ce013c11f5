"""The limits of agents hold across servers and failures: nobody goes on who cannot be counted."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from temporalio.client import Client

from agents.http_api import create_app
from agents.verbs import Caller, call
from app.agents.access import holder_of, make_token, resume_agents, stop_agents
from app.agents.audit import audited, calls_of
from app.agents.limits import AgentLimits, LimitError, LimitReason, require
from app.agents.replies import KeyReusedError, Reply, once
from app.connections import Connections
from app.errors import ConflictError, InvalidRequestError
from app.review.messages import sign
from galley.clients.storage import StoreDeniedError, StoreUnavailableError
from galley.clients.team_file import make_key, public_half, read_key
from galley.models.agents import AgentMark, CallOutcome, Scope, Touched
from galley.models.review import Decision, DecisionKind
from galley.models.team import Person, Team
from galley.review.signatures import why_not_signed
from galley.settings import Settings
from tests.memory_store import MemoryStore

BOT = AgentMark(name="bot", model="m-1")
JSON = "application/json"


class Bucket(MemoryStore):
    """A store that can also delete."""

    async def delete(self, name: str) -> None:
        self._answer()
        self._objects.pop(name, None)

    async def exists(self, name: str) -> bool:
        return await self.get(name) is not None


def connections(store: Bucket, **settings: object) -> Connections:
    async def connect() -> Client:
        raise AssertionError("Temporal is not asked")

    opened = Connections(Settings.model_construct(**settings), connect)  # pyright: ignore[reportArgumentType] -- some settings
    opened.__dict__["state"] = store
    return opened


async def is_admitted(limits: AgentLimits) -> bool:
    try:
        await limits.admit(BOT, "list_posts")
    except LimitError:
        return False
    return True


async def test_calls_on_several_servers_are_counted_together() -> None:
    store = Bucket()
    servers = [AgentLimits(connections(store, agent_calls_a_minute=10)) for _ in range(3)]
    found = await asyncio.gather(*(is_admitted(one) for one in servers for _ in range(10)))
    usage = await servers[0].usage_of(BOT)

    # A minute may end between two of them.
    assert 10 <= sum(found) <= 20
    assert usage.calls == {"list_posts": sum(found)}
    assert usage.refused == {"rate": 30 - sum(found)}


async def test_who_is_stopped_is_refused_on_every_server_until_a_person_resumes() -> None:
    store = Bucket()
    here, there = connections(store), connections(store)
    await stop_agents(here, "kim")
    with pytest.raises(LimitError, match="kim has stopped all agents") as refused:
        await AgentLimits(there).admit(BOT, "list_posts")
    was_stopped = await resume_agents(there)

    assert refused.value.reason is LimitReason.STOPPED
    assert was_stopped
    assert await is_admitted(AgentLimits(here))
    assert not await is_admitted(AgentLimits(connections(store, agents="off")))


async def test_a_stopped_agent_fills_the_audit_no_faster_than_its_rate() -> None:
    store = Bucket()
    opened = connections(store, agent_calls_a_minute=5)
    await stop_agents(opened, "kim")
    caller = Caller(opened, BOT, frozenset(Scope), AgentLimits(opened))
    for _ in range(40):
        with pytest.raises(LimitError):
            await call(caller, "list_posts", {})
    kept = await calls_of(opened, f"{datetime.now(UTC):%Y-%m-%d}", "bot")
    usage = await caller.limits.usage_of(BOT)

    # A minute may end between two of them.
    assert 5 <= len(kept) <= 10
    assert usage.refused == {"stopped": len(kept), "rate": 40 - len(kept)}
    assert usage.calls == {}


async def test_half_a_pair_in_a_name_breaks_no_entry_of_the_audit() -> None:
    opened = connections(Bucket())
    caller = Caller(opened, AgentMark(name="bot"), frozenset(Scope), AgentLimits(opened))
    caller = caller.saying("m\ud83d", "c\udc00")
    for name in ("read_post", "no\ud83d"):
        with pytest.raises(InvalidRequestError):
            await call(caller, name, {"post": "post:\ud83d", "\udc00": 1})

    kept = await calls_of(opened, f"{datetime.now(UTC):%Y-%m-%d}", "bot")
    assert [(one.tool, one.target) for one in kept] == [("read_post", ""), ("no?", "")]
    assert {(one.agent.model, one.agent.user_agent) for one in kept} == {("m?", "c?")}


async def test_a_reply_is_repeated_only_to_who_may_ask_and_each_time_in_the_audit() -> None:
    store = Bucket()
    opened = connections(store, agent_calls_a_minute=3)
    propose, read = [
        (await make_token(opened, "bot", by="kim", scopes=scopes))[0]
        for scopes in (tuple(Scope), (Scope.READ,))
    ]
    asked = {"verb": "request_draft", "note": "again", "post": "post:a"}

    async def work() -> Reply:
        return {"post": "post:a"}

    await once(store, BOT, "k", asked, work)
    transport = httpx.ASGITransport(create_app(opened, "test"))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:

        async def ask(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
            path = "/v1/posts/post:a/drafts"
            return (await http.post(path, json={"note": "again"}, headers=headers)).status_code

        first = await ask(propose)
        await stop_agents(opened, "kim")
        stopped = await ask(propose)
        await resume_agents(opened)
        unscoped = await ask(read)
        flood = [await ask(propose) for _ in range(5)]

    kept = await calls_of(opened, f"{datetime.now(UTC):%Y-%m-%d}", "bot")
    assert (first, stopped, unscoped) == (202, 403, 403)
    assert 429 in flood
    assert [one.reason for one in kept][:3] == ["", "stopped", "scope"]


@pytest.mark.parametrize("name", ["agents/usage/bot.json", "agents/stopped.json"])
async def test_what_cannot_be_read_lets_nobody_go_on(name: str) -> None:
    store = Bucket()
    await store.put_if_absent(name, b"{broken", JSON)
    with pytest.raises(StoreDeniedError):
        await AgentLimits(connections(store)).admit(BOT, "list_posts")
    store.is_away = True
    with pytest.raises(StoreUnavailableError):
        await AgentLimits(connections(store)).admit(BOT, "list_posts")


async def test_a_new_day_counts_from_zero_and_forgets_nothing_that_is_open() -> None:
    store = Bucket()
    old = {"day": "2020-01-01", "calls": {"list_posts": 9}, "suggestions": 200}
    limits = AgentLimits(connections(store))
    kept = (await limits.usage_of(BOT)).model_copy(
        update={**old, "touched": (Touched(id="post:a", at=datetime.now(UTC)),)}
    )
    await store.put_if_absent("agents/usage/bot.json", kept.model_dump_json().encode(), JSON)
    usage = await limits.usage_of(BOT)

    assert (usage.calls, usage.suggestions) == ({}, 0)
    assert [one.id for one in usage.touched] == ["post:a"]


async def test_every_end_of_a_call_is_kept_without_words() -> None:
    store = Bucket()
    opened = connections(store)
    state, day = opened.state, f"{datetime.now(UTC):%Y-%m-%d}"
    async with audited(state, BOT, "read_post", "0" * 64) as told:
        told["target"] = "post:a"
    with pytest.raises(LimitError):
        async with audited(state, BOT, "propose_edit", "0" * 64):
            require({Scope.READ}, Scope.PROPOSE, BOT)
    with pytest.raises(asyncio.CancelledError):
        async with audited(state, BOT, "wait_for_campaign", "0" * 64):
            raise asyncio.CancelledError

    kept = await calls_of(opened, day, "bot")
    assert [one.outcome for one in kept] == [
        *(CallOutcome.DONE, CallOutcome.REFUSED, CallOutcome.FAILED)
    ]
    assert [one.reason for one in kept] == ["", "scope", "CancelledError"]
    assert await calls_of(opened, day, "other") == []


async def test_a_token_is_known_by_its_secret_until_it_ends() -> None:
    store = Bucket()
    opened = connections(store)
    token, kept = await make_token(opened, "bot", by="kim", scopes=[Scope.READ])
    brief, _ = await make_token(
        opened, "bot", by="kim", scopes=[Scope.READ], lasts=timedelta(microseconds=1)
    )
    other = f"{token[:-1]}{'a' if token[-1] != 'a' else 'b'}"

    assert await holder_of(store, token) == kept
    assert [await holder_of(store, one) for one in (brief, other, "", "galley__")] == [None] * 4
    with pytest.raises(InvalidRequestError):
        await make_token(opened, "Kim Lee", by="kim", scopes=[Scope.READ])


async def test_of_requests_with_one_key_one_is_carried_out() -> None:
    store, times = Bucket(), 0

    async def carry_out() -> Reply:
        nonlocal times
        times += 1
        await asyncio.sleep(0)
        return {"post": "post:a", "shown": {"text": "words"}}

    async def ask(body: str, key: str = "k") -> tuple[Reply, bool]:
        return await once(store, BOT, key, {"body": body}, carry_out)

    both = await asyncio.gather(ask("a"), ask("a"), return_exceptions=True)
    later = await ask("a")
    with pytest.raises(KeyReusedError):
        await ask("b")

    assert [one for one in both if isinstance(one, ConflictError)]
    assert (times, later) == (1, ({"post": "post:a", "shown": None}, True))


async def test_a_request_that_failed_can_be_tried_again_with_its_key() -> None:
    store = Bucket()

    async def fail() -> Reply:
        raise ConflictError("not now")

    async def work() -> Reply:
        return {"post": "post:a"}

    with pytest.raises(ConflictError):
        await once(store, BOT, "k", {}, fail)

    assert await once(store, BOT, "k", {}, work) == ({"post": "post:a"}, False)


def test_an_agent_signs_with_its_own_key_and_never_with_the_persons(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    person, agent = folder / "kim.pem", folder / "bot.pem"
    keys = {"kim": make_key(person), "agent:bot": make_key(agent)}
    roles = {"kim": ("approver",), "agent:bot": ("agent",)}
    team = Team(people=tuple(Person(name=n, roles=roles[n], key=k) for n, k in keys.items()))
    settings = Settings.model_construct(
        team=folder / "team.yaml", reviewer_key_file=person, agent_key_file=agent
    )
    said = Decision(kind=DecisionKind.EDIT, revision=1, by=BOT.by, agent=BOT)

    assert why_not_signed(team, "post:k:c", sign(settings, "post:k:c", said)) is None
    assert public_half(read_key(agent)) == keys["agent:bot"]
