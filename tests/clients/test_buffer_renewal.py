"""A refresh token goes out once, whatever happens around it."""

import asyncio
import contextlib
import functools
import logging
import os
import signal
import stat
import subprocess
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.errors import BufferApiError, NotSentError, UnauthorizedError
from galley.clients.buffer.oauth import Authority, TokenRefusedError, new_proof
from galley.clients.buffer.renewal import RenewedTokens
from galley.clients.buffer.tokens import FILE, Grant, GrantState, TokenStore, TokenStoreError
from galley.models.publishing import ReplyKind
from tests.attempts import attempt
from tests.clients import oauth_process
from tests.clients.buffer_answers import a_request, an_attempt, publishing_of
from tests.clients.oauth_process import STEPS, later
from tests.clients.oauth_world import (
    BACK,
    SECRET,
    authority,
    code_for,
    log_in,
    new_world,
    refreshes,
    revoke,
    source,
    stored,
)
from tests.emulators.buffer_world import World
from tests.forking import Order, Piped

pytestmark = pytest.mark.server
LOGIN = "galley auth login"


@pytest.fixture(scope="module")
def reused_world() -> Iterator[World]:
    world = new_world()
    yield world
    world.close()


@pytest.fixture
def world(reused_world: World) -> World:
    """Give an emulator that knows an app, and of which nothing was asked yet."""
    reused_world.reset()
    return reused_world


@pytest.fixture
def store(world: World, tmp_path: Path) -> TokenStore:
    return log_in(world, tmp_path / ".galley")


def over() -> datetime:
    return datetime.now(UTC) + timedelta(hours=2)


def client_of(world: World, tokens: RenewedTokens) -> BufferClient:
    return BufferClient(world.url, tokens, timeout=20, user_agent="galley/test")


# Renewing


def test_a_fresh_token_is_given_without_asking_anybody(world: World, store: TokenStore) -> None:
    given = source(world, store).token()

    assert given == stored(store).access_token.get_secret_value()
    assert refreshes(world) == (0, None)


def test_a_token_that_ends_soon_is_renewed_and_kept_before_it_is_given(
    world: World, store: TokenStore
) -> None:
    before = stored(store)
    given = source(world, store, later).token()
    after = stored(store)

    assert given == after.access_token.get_secret_value()
    assert after.refresh_token != before.refresh_token
    assert (after.state, after.scope) == (GrantState.READY, before.scope)
    assert refreshes(world) == (1, None)


async def test_a_401_is_answered_by_one_refresh_and_one_repeat(
    world: World, store: TokenStore
) -> None:
    client = client_of(world, source(world, store))
    world.pass_time(3601)  # Buffer's clock says it is over; ours does not know.

    found = await client.organizations()

    await client.aclose()
    assert len(found.value) == 1
    assert refreshes(world) == (1, None)


async def test_a_revoked_grant_says_what_to_run_and_login_mends_it(
    world: World, store: TokenStore, tmp_path: Path
) -> None:
    client = client_of(world, source(world, store))
    revoke(world)

    for _ in range(2):
        with pytest.raises(UnauthorizedError, match=LOGIN):
            await client.organizations()
    assert stored(store).state is GrantState.REVOKED
    assert stored(store).access_token.get_secret_value() == ""
    log_in(world, tmp_path / ".galley")

    assert (await client.organizations()).value
    await client.aclose()


async def test_an_approved_post_is_kept_back_with_the_command_and_made_once_after_it(
    world: World, store: TokenStore, tmp_path: Path
) -> None:
    client = client_of(world, source(world, store))
    create = functools.partial(attempt().run, publishing_of(client).create_post)
    post = a_request(channel_id=world.channels["twitter"]["id"], due_at=over())
    revoke(world)

    held = await create(an_attempt(post))
    log_in(world, tmp_path / ".galley")
    made = await create(an_attempt(post))

    await client.aclose()
    assert held.kind is ReplyKind.UNAUTHORIZED
    assert f"run `{LOGIN}`" in held.message
    assert made.kind is ReplyKind.OK, made.message
    assert len(world.ledger()) == 1


async def test_a_new_token_that_is_refused_as_well_is_not_renewed_again(
    world: World, store: TokenStore
) -> None:
    client = client_of(world, source(world, store))
    world.order("account", "unauthorized", times=2)

    with pytest.raises(UnauthorizedError, match=LOGIN):
        await client.organizations()

    await client.aclose()
    assert refreshes(world) == (1, None)


def test_without_a_login_the_command_is_named(world: World, tmp_path: Path) -> None:
    with pytest.raises(UnauthorizedError, match=LOGIN):
        source(world, TokenStore(tmp_path)).token()


def test_tokens_never_go_to_another_server_or_app(store: TokenStore) -> None:
    other = Authority("http://127.0.0.1:9", "galley-app", None, user_agent="t")

    with pytest.raises(UnauthorizedError, match="BUFFER_AUTH_URL"):
        RenewedTokens(store, other).token()


@pytest.mark.parametrize("url", ["", "auth.buffer.com", "http://auth.buffer.com"])
def test_an_address_that_would_show_the_tokens_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="BUFFER_AUTH_URL"):
        Authority(url, "app", None, user_agent="galley/test")


# Trouble on the way


@pytest.mark.parametrize("kind", ["lost_request", "http_503", "rate_limit"])
def test_after_a_refresh_that_did_not_happen_the_same_token_is_used_once(
    world: World, store: TokenStore, kind: str
) -> None:
    tokens = source(world, store, over)
    world.order("token", kind)

    with pytest.raises(NotSentError, match="not sent"):
        tokens.token()
    assert tokens.token()

    assert refreshes(world) == (1, None)


@pytest.mark.parametrize(
    ("kind", "details"), [("lost_reply", {}), ("http_502", {"carried_out": True})]
)
def test_after_a_lost_reply_the_used_token_never_goes_out_again(
    world: World, store: TokenStore, kind: str, details: dict[str, object]
) -> None:
    tokens = source(world, store, over)
    world.order("token", kind, **details)

    with pytest.raises(NotSentError):
        tokens.token()
    with pytest.raises(UnauthorizedError, match=LOGIN):
        tokens.token()

    assert refreshes(world) == (1, None)


def test_trouble_while_the_token_still_serves_holds_nothing_up(
    world: World, store: TokenStore
) -> None:
    before = stored(store).access_token.get_secret_value()
    world.order("token", "http_503")

    assert source(world, store, later).token() == before


def test_a_wrong_secret_names_the_settings_and_uses_nothing_up(tmp_path: Path) -> None:
    world = new_world(secret=SECRET)
    try:
        store = log_in(world, tmp_path, SECRET)
        tokens = RenewedTokens(store, authority(world, "wrong-secret-value"), later)
        with pytest.raises(UnauthorizedError, match="BUFFER_CLIENT_SECRET") as caught:
            tokens.token()

        assert "wrong-secret-value" not in repr(caught.value)
        assert RenewedTokens(store, authority(world, SECRET), later).token()
        assert refreshes(world) == (1, None)
    finally:
        world.close()


async def test_a_cancelled_call_still_keeps_the_token_it_asked_for(
    world: World, store: TokenStore
) -> None:
    tokens = source(world, store, later)
    before = stored(store).refresh_token
    world.order("token", "slow", seconds=0.5)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await tokens()

    assert await tokens() == stored(store).access_token.get_secret_value()
    assert stored(store).refresh_token != before
    assert refreshes(world) == (1, None)


class FullDisk(TokenStore):
    """A store whose disk is full once the note is written."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.in_the_way = folder / f"{FILE}.new"

    def save(self, grant: Grant, *, afresh: bool = False) -> None:
        super().save(grant, afresh=afresh)
        if grant.state is GrantState.REFRESHING:
            self.in_the_way.mkdir()


def test_a_token_that_could_not_be_written_is_written_at_the_next_call(
    world: World, store: TokenStore, tmp_path: Path
) -> None:
    full = FullDisk(tmp_path / ".galley")
    tokens = source(world, full, later)
    with pytest.raises(NotSentError, match="cannot be kept"):
        tokens.token()
    full.in_the_way.rmdir()

    assert tokens.token() == stored(store).access_token.get_secret_value()
    assert refreshes(world) == (1, None)


def test_a_token_that_was_written_but_not_put_in_place_is_found(
    world: World, store: TokenStore, tmp_path: Path
) -> None:
    note = stored(store).model_copy(update={"state": GrantState.REFRESHING})
    given = source(world, store, later).token()
    file = tmp_path / ".galley" / FILE
    whole = file.read_bytes()
    with store.locked():
        store.save(note)
    file.with_name(f"{FILE}.new").write_bytes(whole)

    assert source(world, store, later).token() == given
    assert source(world, store, over).token() != given
    assert refreshes(world) == (2, None)


# Processes


def wanting(world: World, folder: Path, *step: str) -> Piped:
    """Start a process that wants a token, and wait until it is about to ask."""
    arguments = (world.url, str(folder), *step)
    process = Piped(Order(oauth_process.__name__, arguments, Path.cwd(), os.environ))
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: Piped) -> None:
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.usefixtures("store")
def test_many_processes_at_once_make_one_refresh_and_all_get_in(
    world: World, tmp_path: Path
) -> None:
    processes = [wanting(world, tmp_path / ".galley") for _ in range(6)]
    for process in processes:
        go(process)

    said = [process.communicate(timeout=60)[0] for process in processes]

    assert said == ["200\n"] * 6
    assert refreshes(world) == (1, None)


async def test_many_tasks_at_once_make_one_refresh(world: World, store: TokenStore) -> None:
    sources = [source(world, store, later) for _ in range(4)]

    given = await asyncio.gather(*(one() for one in sources for _ in range(5)))

    assert len(set(given)) == 1
    assert refreshes(world) == (1, None)


@pytest.mark.parametrize(
    ("step", "survives"), list(zip(STEPS, (True, True, False, True), strict=True))
)
def test_a_process_killed_on_the_way_never_makes_a_token_go_out_twice(
    world: World, store: TokenStore, tmp_path: Path, step: str, *, survives: bool
) -> None:
    process = wanting(world, tmp_path / ".galley", step)
    go(process)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL

    if survives:
        assert source(world, store, later).token()
    else:
        with pytest.raises(UnauthorizedError, match=LOGIN):
            source(world, store, over).token()

    assert refreshes(world) == (1, None)


def test_kills_at_any_moment_never_end_a_grant_by_a_second_use(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / ".galley"
    for hundredths in (0, 1, 2, 3, 5, 8, 13, 21):
        store = log_in(world, folder)
        world.order("token", "slow", seconds=0.05)
        process = wanting(world, folder)
        go(process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(hundredths / 100)
        process.kill()
        process.communicate()
        with contextlib.suppress(UnauthorizedError, NotSentError):
            source(world, store, over).token()
        world.client.delete("/_emulator/faults").raise_for_status()

    grants = world.client.get("/_emulator/grants").json()
    assert {one["revokedBecause"] for one in grants} == {None}


# The file


def test_the_file_is_for_its_owner_alone(store: TokenStore, tmp_path: Path) -> None:
    file = tmp_path / ".galley" / FILE
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (file.parent, file)]

    assert modes == [0o700, 0o600]
    assert store.place() == str(file)


def test_a_file_that_others_may_read_is_refused(
    world: World, store: TokenStore, tmp_path: Path
) -> None:
    (tmp_path / ".galley" / FILE).chmod(0o644)

    with pytest.raises(NotSentError, match="chmod 600"):
        source(world, store).token()


def test_a_link_in_place_of_the_new_file_is_not_followed(store: TokenStore, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / ".galley" / f"{FILE}.new").symlink_to(elsewhere)

    with store.locked(), pytest.raises(TokenStoreError):
        store.save(stored(store))
    assert not elsewhere.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"grant": {"client_id": 1}}'])
def test_a_file_that_is_no_grant_asks_for_a_login(
    world: World, store: TokenStore, tmp_path: Path, text: str
) -> None:
    (tmp_path / ".galley" / FILE).write_text(text)

    with pytest.raises(NotSentError, match=LOGIN):
        source(world, store).token()
    log_in(world, tmp_path / ".galley")
    assert source(world, store).token()


# Secrets


@given(token=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12))
def test_no_text_about_a_grant_shows_a_token(token: str) -> None:
    now = datetime.now(UTC)
    grant = Grant(
        client_id="",
        auth_url="",
        access_token=SecretStr(token),
        refresh_token=SecretStr(token),
        issued_at=now,
        expires_at=now,
    )

    assert token not in f"{grant!r}{grant}{grant.model_dump()}{grant.model_dump_json()}"


def test_no_error_and_no_log_shows_a_secret(
    world: World, store: TokenStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = [stored(store).access_token, stored(store).refresh_token]
    told: list[str] = []
    for kind in ("http_503", "lost_reply", "slow"):
        world.order("token", kind, seconds=0)
        try:
            source(world, store, over).token()
        except BufferApiError as error:
            told += traceback.format_exception(error)
            told += [repr(error), str(error)]
        secrets.append(stored(store).refresh_token)

    assert told
    shown = "".join([*told, caplog.text])
    plain = [one.get_secret_value() for one in secrets if one]
    assert [one for one in plain if one and one in shown] == []


def test_the_address_for_the_browser_holds_no_secret(world: World) -> None:
    proof = new_proof()
    url = authority(world, SECRET).authorize_url(BACK, proof)

    assert SECRET not in url
    assert proof.verifier not in url + repr(proof) + str(proof)
    assert "code_challenge_method=S256" in url


def test_a_code_is_not_redeemed_without_its_verifier(world: World) -> None:
    server, proof = authority(world), new_proof()
    code = code_for(server, proof)

    with pytest.raises(TokenRefusedError):
        server.redeem(code, new_proof(), BACK)
    assert server.redeem(code, proof, BACK).refresh_token
