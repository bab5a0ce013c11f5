"""Access tokens of an authorization server: which count for this server, and as whom."""

import json
import time
from functools import cache
from typing import Any, NamedTuple

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm
from pytest_httpserver import HTTPServer
from temporalio.client import Client

from agents.http_api import create_app
from app.connections import Connections
from galley.settings import Settings
from tests.memory_store import MemoryStore

RESOURCE = "http://127.0.0.1:9704/mcp"
CHECK = {"network": "x", "text": "Out now."}


@cache
def key_of(holder: str) -> RSAPrivateKey:
    """Return a key that only this one has."""
    del holder
    return rsa.generate_private_key(65537, 2048)


class Issuer(NamedTuple):
    """An authorization server, and the API that trusts it."""

    address: str
    api: httpx.AsyncClient

    def token(self, holder: str = "issuer", *, alg: str = "RS256", **more: Any) -> str:  # noqa: ANN401 - claims
        claims = {"iss": self.address, "aud": RESOURCE, "exp": time.time() + 60, "sub": "u-1"}
        claims |= {"client_id": "Claude Code", "scope": "galley:read"}
        kept = {name: value for name, value in {**claims, **more}.items() if value is not None}
        return jwt.encode(kept, key_of(holder), alg, headers={"kid": "k"})

    async def asked(self, token: str, path: str = "/v1/checks") -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        body = CHECK if path == "/v1/checks" else {"text": "Hello."}
        return await self.api.post(path, json=body, headers=headers)


@pytest.fixture(name="issuer")
async def _issuer(httpserver: HTTPServer) -> Issuer:
    address = httpserver.url_for("/auth").rstrip("/")
    public = {**json.loads(RSAAlgorithm.to_jwk(key_of("issuer").public_key())), "kid": "k"}
    told = {"issuer": address, "jwks_uri": httpserver.url_for("/keys")}
    httpserver.expect_request("/.well-known/oauth-authorization-server/auth").respond_with_json(
        told
    )
    httpserver.expect_request("/keys").respond_with_json({"keys": [public]})

    async def connect() -> Client:
        raise AssertionError("no verb of these tests asks Temporal")

    settings = Settings.model_construct(agent_oauth_issuer=address)
    opened = Connections(settings, connect)
    opened.__dict__["state"] = MemoryStore()
    transport = httpx.ASGITransport(create_app(opened, "test"))
    return Issuer(address, httpx.AsyncClient(transport=transport, base_url="http://localhost"))


async def test_a_token_for_this_server_is_its_client_with_its_scopes(issuer: Issuer) -> None:
    read = await issuer.asked(issuer.token())
    propose = await issuer.asked(issuer.token(), "/v1/campaigns")

    assert read.status_code == 200
    assert (propose.status_code, propose.json()["type"]) == (403, "urn:galley:problem:scope")
    assert "agent:claude-code-" in propose.json()["detail"]


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://other.example/mcp"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"nbf": 32_503_680_000},
    ],
    ids=str,
)
async def test_a_token_for_another_server_or_time_or_of_another_issuer_is_none(
    issuer: Issuer, claims: dict[str, Any]
) -> None:
    answer = await issuer.asked(issuer.token(**claims))

    assert answer.status_code == 401


async def test_a_token_that_the_issuer_did_not_sign_is_none(issuer: Issuer) -> None:
    forged = issuer.token("somebody")
    head, body, _ = issuer.token().split(".")
    unsigned = jwt.encode({"iss": issuer.address, "aud": RESOURCE}, "", "none", {"kid": "k"})

    for token in (forged, f"{head}.{body}.", unsigned, "a.b.c", "galley_0_0", ""):
        assert (await issuer.asked(token)).status_code == 401


async def test_who_has_no_token_is_told_where_to_get_one(issuer: Issuer) -> None:
    refused = await issuer.asked("")
    place = refused.headers["www-authenticate"].partition('resource_metadata="')[2].rstrip('"')
    metadata = await issuer.api.get(place.removeprefix("http://127.0.0.1:9704"))

    assert metadata.json()["resource"] == RESOURCE
    assert metadata.json()["authorization_servers"] == [issuer.address]
    assert metadata.json()["scopes_supported"] == ["galley:read", "galley:propose"]
