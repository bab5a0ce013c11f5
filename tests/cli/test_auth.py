"""``auth``: from the browser's redirect to a worker's next request."""

import json
import re
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from galley.clients.buffer.tokens import FILE
from tests.cli.running import forked, starter
from tests.clients.oauth_world import CLIENT, SECRET, new_world, refreshes, revoke
from tests.emulators.buffer_world import World

pytestmark = pytest.mark.server


@pytest.fixture
def world() -> Iterator[World]:
    world = new_world(secret=SECRET)
    yield world
    world.close()


@pytest.fixture
def env(world: World) -> dict[str, str]:
    return {
        "BUFFER_API_URL": world.url,
        "BUFFER_AUTH_URL": world.url,
        "BUFFER_CLIENT_ID": CLIENT,
        "BUFFER_CLIENT_SECRET": SECRET,
        "GALLEY_TOKEN_STORE": "file",
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
    }


def command(folder: Path, env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return starter(folder, *arguments, timeout=120, **env)


class Login:
    """A login that waits for its browser."""

    def __init__(self, folder: Path, env: dict[str, str], *more: str) -> None:
        wanted = ("auth", "login", "--no-browser", "--port", "0", *more)
        self.process = forked(folder, *wanted, **env)
        self.said = ""
        while "http" not in self.said:
            line = self.process.stderr.readline()
            assert line, self.said
            self.said += line
        found = re.search(r"^http\S+", self.said, re.MULTILINE)
        assert found is not None
        self.url: str = found[0]
        query = parse_qs(urlsplit(self.url).query)
        self.asked = {name: value for name, (value,) in query.items()}

    def come_back(self, **brought: str) -> httpx.Response:
        return httpx.get(f"{self.asked['redirect_uri']}?{urlencode(brought)}")

    def ends(self) -> tuple[int, str, str]:
        shown, said = self.process.communicate(timeout=60)
        return self.process.wait(), shown, self.said + said


@pytest.fixture
def login(tmp_path: Path, env: dict[str, str]) -> Iterator[Login]:
    login = Login(tmp_path, env)
    yield login
    if login.process.poll() is None:
        login.process.kill()
        login.process.communicate()


def log_in(folder: Path, env: dict[str, str]) -> None:
    login = Login(folder, env)
    assert httpx.get(login.url, follow_redirects=True).status_code == 200
    code, _, said = login.ends()
    assert code == 0, said


def status(folder: Path, env: dict[str, str]) -> tuple[int, dict[str, object]]:
    done = command(folder, env, "auth", "status", "--json")
    return done.returncode, json.loads(done.stdout)


def test_a_login_keeps_tokens_for_its_owner_alone_and_shows_none(
    login: Login, tmp_path: Path, env: dict[str, str]
) -> None:
    page = httpx.get(login.url, follow_redirects=True)
    code, shown, said = login.ends()
    file = tmp_path / ".galley" / FILE
    kept = json.loads(file.read_text())["grant"]

    assert (code, page.status_code) == (0, 200)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for secret in (SECRET, kept["access_token"], kept["refresh_token"]):
        assert secret not in shown + said + page.text
    assert status(tmp_path, env)[1]["state"] == "ready"


def test_the_address_asks_for_all_that_the_guide_wants(login: Login) -> None:
    asked = login.asked

    assert asked.keys() == {
        *("client_id", "redirect_uri", "response_type", "scope", "state"),
        *("code_challenge", "code_challenge_method", "prompt"),
    }
    assert asked["scope"] == "posts:read posts:write account:read offline_access"
    assert (asked["code_challenge_method"], asked["prompt"]) == ("S256", "consent")
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("state", ["", "another", "é"])
def test_a_wrong_state_is_refused_and_only_ours_ends_the_login(
    login: Login, tmp_path: Path, state: str
) -> None:
    """Any page may send the browser to the port."""
    for query in ({"code": "a-code"}, {"error": "access_denied"}):
        page = login.come_back(**query, state=state)

        assert (page.status_code, login.process.poll()) == (400, None)
        assert not (tmp_path / ".galley" / FILE).exists()

    assert httpx.get(login.url, follow_redirects=True).status_code == 200
    assert login.ends()[0] == 0


def test_the_login_answers_to_no_name_that_was_turned_to_this_machine(login: Login) -> None:
    callback = login.asked["redirect_uri"]

    assert httpx.get(callback, headers={"Host": "rebound.example"}).status_code == 403
    assert httpx.get(login.url, follow_redirects=True).status_code == 200
    assert login.ends()[0] == 0


def test_denied_access_is_told_from_a_fault(login: Login) -> None:
    login.come_back(error="access_denied", state=login.asked["state"])
    code, _, said = login.ends()

    assert (code, said.splitlines()[-1]) == (
        4,
        "Access was denied in Buffer: nothing was authorized.",
    )


@pytest.mark.parametrize("error", ["invalid_scope", "<script>", ""])
def test_another_error_names_the_settings(login: Login, error: str) -> None:
    page = login.come_back(error=error, state=login.asked["state"])
    code, _, said = login.ends()

    assert code == 3
    assert "BUFFER_CLIENT_ID" in said
    assert "<script>" not in said + page.text


def test_a_code_that_is_not_buffers_is_refused_by_buffer(login: Login) -> None:
    login.come_back(code="made-up", state=login.asked["state"])
    code, _, said = login.ends()

    assert code == 4
    assert "made-up" not in said


def test_only_the_callback_is_served(login: Login) -> None:
    base = login.asked["redirect_uri"].removesuffix("/callback")

    assert httpx.get(f"{base}/favicon.ico").status_code == 404
    assert httpx.post(f"{base}/callback").status_code == 405
    with socket.create_connection(
        ("127.0.0.1", urlsplit(base).port or 0)
    ) as silent:  # as browsers do that connect ahead
        assert httpx.get(login.url, follow_redirects=True).status_code == 200
        silent.close()
    assert login.ends()[0] == 0


def test_ctrl_c_ends_a_login_in_order(login: Login) -> None:
    login.process.send_signal(signal.SIGINT)
    code, _, said = login.ends()

    assert code == 130
    assert "Traceback" not in said


def test_a_port_that_is_taken_says_what_to_do(tmp_path: Path, env: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = command(tmp_path, env, "auth", "login", "--no-browser", "--port", port)

    assert done.returncode == 2
    assert f"Port {port} is taken" in done.stderr
    assert "--port" in done.stderr


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"BUFFER_CLIENT_ID": ""}, "BUFFER_CLIENT_ID"),
        ({"BUFFER_AUTH_URL": "http://auth.buffer.com"}, "BUFFER_AUTH_URL"),
        ({"GALLEY_TOKEN_STORE": "shelf"}, "GALLEY_TOKEN_STORE"),
    ],
)
def test_a_login_that_cannot_work_is_refused_at_once(
    tmp_path: Path, env: dict[str, str], change: dict[str, str], named: str
) -> None:
    done = command(tmp_path, {**env, **change}, "auth", "login", "--no-browser")

    assert done.returncode == 2
    assert named in done.stderr
    assert SECRET not in done.stderr


def test_doctor_tells_of_a_revoked_grant_and_a_login_mends_it(
    world: World, tmp_path: Path, env: dict[str, str]
) -> None:
    def doctor() -> str:
        done = command(tmp_path, env, "doctor", "--json")
        found = {one["part"]: one["said"] for one in json.loads(done.stdout)}
        return str(found["buffer"])

    assert "galley auth login" in doctor()
    log_in(tmp_path, env)
    revoke(world)
    assert "galley auth login" in doctor()
    assert status(tmp_path, env)[1]["state"] == "revoked"
    log_in(tmp_path, env)
    assert "takes the authorization of the app" in doctor()


def test_an_hour_later_the_commands_renew_the_token(
    world: World, tmp_path: Path, env: dict[str, str]
) -> None:
    log_in(tmp_path, env)
    world.pass_time(3601)
    done = command(tmp_path, env, "doctor", "--json")

    assert "takes the authorization of the app" in done.stdout
    assert refreshes(world) == (1, None)


def test_status_says_how_buffer_is_reached(tmp_path: Path, env: dict[str, str]) -> None:
    code, found = status(tmp_path, env)
    assert (code, found["usable"]) == (4, False)

    log_in(tmp_path, env)
    code, found = status(tmp_path, env)
    assert (code, found["uses"], found["client_id"]) == (0, "app", CLIENT)

    code, found = status(tmp_path, {**env, "BUFFER_API_KEY": "a-personal-key"})
    assert (code, found) == (0, {"usable": True, "uses": "BUFFER_API_KEY"})

    code, found = status(tmp_path, {**env, "BUFFER_CLIENT_ID": "another"})
    assert (code, found["usable"]) == (4, False)


def test_logout_forgets_the_tokens(tmp_path: Path, env: dict[str, str]) -> None:
    log_in(tmp_path, env)
    done = command(tmp_path, env, "auth", "logout", "--json")
    again = command(tmp_path, env, "auth", "logout", "--json")

    assert json.loads(done.stdout) == {"logged_out": True}
    assert json.loads(again.stdout) == {"logged_out": False}
    assert not (tmp_path / ".galley" / FILE).exists()
    assert status(tmp_path, env)[0] == 4


@pytest.mark.parametrize("name", ["login", "status", "logout"])
def test_every_command_of_auth_explains_itself(name: str, tmp_path: Path) -> None:
    done = starter(tmp_path, "auth", name, "--help")

    assert done.returncode == 0
    assert "Example:" in done.stdout
    assert "--json" in done.stdout
