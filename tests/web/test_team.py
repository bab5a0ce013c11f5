"""A team signs in by its organization; a client comes by a link, which reaches one campaign."""

import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from app.connections import Connections, open_client
from galley.clients.team_file import make_key
from galley.models.team import Person, Team
from galley.settings import Settings
from web.access import Link, Links
from web.app import create_app
from web.identity_provider import IdentityProvider
from web.site import Site

ADDRESS = "http://localhost:9703"


@cache
def _key() -> RSAKey:
    """Return a provider's key: to make one takes as long as a test."""
    return RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Provider:
    """A provider of OpenID Connect, on real sockets."""

    server: HTTPServer
    key: RSAKey = field(default_factory=_key)
    claims: dict[str, object] = field(default_factory=dict[str, object])
    audience: str = "galley"
    nonce: str = ""
    called: str = ""
    """The issuer that it says it is, if that is another."""

    @property
    def issuer(self) -> str:
        return self.server.url_for("").rstrip("/")

    def serve(self) -> None:
        def told(request: Request) -> Response:
            del request
            return Response(json.dumps(self._metadata()), content_type="application/json")

        def keys(request: Request) -> Response:
            del request
            public = {"keys": [self.key.as_dict(private=False)]}
            return Response(json.dumps(public), content_type="application/json")

        def token(request: Request) -> Response:
            assert "code_verifier" in request.form
            now = int(time.time())
            claims = {"iss": self.issuer, "aud": self.audience, "sub": "1", "nonce": self.nonce}
            claims |= {"iat": now, "exp": now + 60} | self.claims
            signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
            answer = {"access_token": "a", "token_type": "Bearer", "id_token": signed}
            return Response(json.dumps(answer), content_type="application/json")

        self.server.expect_request("/.well-known/openid-configuration").respond_with_handler(told)
        self.server.expect_request("/keys").respond_with_handler(keys)
        self.server.expect_request("/token").respond_with_handler(token)

    def _metadata(self) -> dict[str, object]:
        return {
            "issuer": self.called or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }


@pytest.fixture(name="provider")
def _provider(httpserver: HTTPServer) -> Provider:
    found = Provider(httpserver)
    found.serve()
    return found


@pytest.fixture(name="site")
def _site(tmp_path: Path, provider: Provider) -> Site:
    key = make_key(tmp_path / "Kim.pem")
    team = Team(people=(Person(name="Kim", email="Kim@example.com", roles=("approver",), key=key),))
    (tmp_path / "team.yaml").write_text(team.model_dump_json())
    settings = Settings.model_construct(
        team=tmp_path / "team.yaml",
        web_address=ADDRESS,
        web_oidc_issuer=provider.issuer,
        web_oidc_client_id="galley",
    )
    links = Links("a secret of the tests, long enough")
    connections = Connections(settings, open_client)
    return Site(connections, address=ADDRESS, keys=tmp_path, links=links)


@pytest.fixture(name="pages")
async def _pages(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(site, ("localhost",), IdentityProvider(site.connections.settings))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield client


async def sign_in(pages: httpx.AsyncClient, provider: Provider) -> httpx.Response:
    """Go to the provider and come back with its answer."""
    away = await pages.get("/sign-in/start")
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    provider.nonce = asked["nonce"][0]
    return await pages.get(f"/sign-in/return?code=one&state={asked['state'][0]}")


async def test_a_person_of_the_team_signs_in_by_their_address(
    pages: httpx.AsyncClient, provider: Provider, site: Site
) -> None:
    provider.claims = {"email": "kim@example.com", "email_verified": True}
    back = await sign_in(pages, provider)
    session = site.sessions.find(pages.cookies["galley_session"])

    assert (back.status_code, back.headers["location"]) == (303, "/")
    assert session
    assert session.person == "Kim"
    assert site.settings_of("Kim").reviewer_key_file.exists()


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "kim@example.com"},
        {"email": "kim@example.com", "email_verified": False},
        {"email": "stranger@example.com", "email_verified": True},
        {"email": "", "email_verified": True},
        {"email": "\u212aim@example.com", "email_verified": True},
        {"email": "kim@example.com", "email_verified": True, "aud": "another", "azp": "galley"},
        {"email": "kim@example.com", "email_verified": True, "aud": []},
        {"email": "kim@example.com", "email_verified": True, "aud": "another"},
        {"email": "kim@example.com", "email_verified": True, "iss": "https://evil.example"},
        {"email": "kim@example.com", "email_verified": True, "nonce": "another"},
        {"email": "kim@example.com", "email_verified": True, "exp": 1},
    ],
    ids=str,
)
async def test_nobody_else_gets_in(
    claims: dict[str, object], pages: httpx.AsyncClient, provider: Provider
) -> None:
    provider.claims = claims
    back = await sign_in(pages, provider)

    assert back.status_code == 401
    assert "galley_session" not in pages.cookies


async def test_a_provider_that_calls_itself_otherwise_signs_nobody_in(
    pages: httpx.AsyncClient, provider: Provider
) -> None:
    provider.called = "https://evil.example"
    away = await pages.get("/sign-in/start")

    assert away.status_code == 401


async def test_an_answer_that_nobody_asked_for_signs_nobody_in(
    pages: httpx.AsyncClient, provider: Provider
) -> None:
    provider.claims = {"email": "kim@example.com", "email_verified": True}
    back = await pages.get("/sign-in/return?code=one&state=guessed")

    assert back.status_code == 401


async def test_a_link_opens_the_pages_of_clients_alone(
    pages: httpx.AsyncClient, site: Site
) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    assert site.links
    word = site.links.make(Link(campaign="campaign:a", client="Acme", by="Kim", until=until))
    came = await pages.get(f"/client/{word}")
    session = site.sessions.find(pages.cookies["galley_session"])
    assert session
    form = {"csrf": session.csrf}

    assert (came.status_code, came.headers["location"]) == (303, "/client")
    assert (await pages.get("/")).headers["location"] == "/client"
    assert (await pages.get("/posts/post:a:b")).headers["location"] == "/client"
    for path in ("/posts/post:a:b/approve", "/posts/post:a:b/edit", "/together/approve"):
        assert (await pages.post(path, data=form)).status_code == 403


async def test_a_link_that_is_over_or_changed_opens_nothing(
    pages: httpx.AsyncClient, site: Site
) -> None:
    links = site.links
    assert links
    now = datetime.now(UTC)
    old = links.make(Link(campaign="campaign:a", client="Acme", by="Kim", until=now))
    good = links.make(
        Link(campaign="campaign:a", client="Acme", by="Kim", until=now + timedelta(days=1))
    )
    head, _, _ = good.rpartition(".")
    changed = base64.urlsafe_b64encode(b'{"campaign":"campaign:b"}').decode()
    other = Links("another secret of the tests, as long").make(
        Link(campaign="campaign:a", client="Acme", by="Kim", until=now + timedelta(days=1))
    )
    for word in (old, f"{head}.wrong", f"{changed}.{good.rpartition('.')[2]}", other):
        assert (await pages.get(f"/client/{word}")).status_code == 404
    assert "galley_session" not in pages.cookies


async def test_a_link_ends_the_session_of_no_person_by_itself(
    pages: httpx.AsyncClient, site: Site
) -> None:
    assert site.links
    until = datetime.now(UTC) + timedelta(days=1)
    word = site.links.make(Link(campaign="campaign:a", client="Acme", by="Kim", until=until))
    cookie = site.sessions.begin("Kim")
    pages.cookies.set("galley_session", cookie, domain="localhost.local")
    asked = await pages.get(f"/client/{word}")
    session = site.sessions.find(cookie)
    assert session
    came = await pages.post(f"/client/{word}", data={"csrf": session.csrf})

    assert "Sign out, and open the link" in asked.text
    assert came.headers["location"] == "/client"
    assert site.sessions.find(cookie) is None


async def test_a_link_is_worth_nothing_once_its_maker_has_left(
    pages: httpx.AsyncClient, site: Site
) -> None:
    assert site.links
    until = datetime.now(UTC) + timedelta(days=1)
    word = site.links.make(Link(campaign="campaign:a", client="Acme", by="Lee", until=until))

    assert (await pages.get(f"/client/{word}")).status_code == 404
