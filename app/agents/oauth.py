"""Access tokens of an authorization server, for agents that come over HTTP: OAuth 2.1.

The servers of ``agents`` are a resource server, as the specification of MCP has it: a token counts
only if the named issuer signed it, for this server and not for another.
"""

import asyncio
import hashlib
import re
import time
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import jwt

from app.errors import ServiceError
from galley.models.agents import AgentToken, Scope

_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""Signatures by a private key: with a shared secret, whoever verifies could sign."""
_WITHIN, _LEEWAY = 5.0, 30
_KEPT_FOR, _NOT_OFTENER = 600.0, 30.0
"""Seconds that keys are kept, and between two questions for a key that is not known."""
_MOST_BYTES = 256 * 1024
_PREFIX = "galley:"


class OAuthTokens:
    """Verifies the tokens of one issuer for one resource.

    Args:
        issuer: Address of the authorization server, as its tokens name it.
        resource: Address of this server, as tokens must name it (RFC 8707).
    """

    def __init__(self, issuer: str, resource: str) -> None:
        self.issuer, self.resource = issuer, resource
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked_at = float("-inf")
        self._lock = asyncio.Lock()

    @property
    def metadata(self) -> dict[str, Any]:
        """The metadata of the protected resource (RFC 9728)."""
        return {
            "resource": self.resource,
            "authorization_servers": [self.issuer],
            "scopes_supported": [f"{_PREFIX}{one}" for one in Scope],
            "bearer_methods_supported": ["header"],
            "resource_name": "Galley: agents propose, people approve",
        }

    @property
    def metadata_url(self) -> str:
        """The address of the metadata."""
        parts = urlsplit(self.resource)
        return f"{parts.scheme}://{parts.netloc}{self.metadata_path}"

    @property
    def metadata_path(self) -> str:
        """Its path on this server."""
        return f"/.well-known/oauth-protected-resource{urlsplit(self.resource).path.rstrip('/')}"

    async def holder_of(self, token: str) -> AgentToken | None:
        """Return whose token this is; ``None`` for one that does not count here.

        Raises:
            ServiceError: The issuer's keys cannot be read.
        """
        try:
            key = await self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            if key is None:
                return None
            claims = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                audience=self.resource,
                issuer=self.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError:
            return None
        given = {one.removeprefix(_PREFIX) for one in str(claims.get("scope", "")).split()}
        scopes = tuple(one for one in Scope if one.value in given)
        return AgentToken(
            id="oauth",
            name=self._name(claims),
            scopes=scopes,
            sha256="",
            made_at=datetime.now(UTC),
            made_by=self.issuer,
        )

    def _name(self, claims: dict[str, Any]) -> str:
        """Return a name that only this client of this person has."""
        client = str(claims.get("client_id") or claims.get("azp") or "client")
        whole = f"{self.issuer} {client} {claims.get('sub', '')}"
        slug = re.sub(r"[^a-z0-9]+", "-", client.lower()).strip("-")[:24] or "client"
        return f"{slug}-{hashlib.sha256(whole.encode()).hexdigest()[:10]}"

    async def _key(self, key_id: str) -> jwt.PyJWK | None:
        async with self._lock:
            age = time.monotonic() - self._asked_at
            is_unknown = key_id not in self._keys and age > _NOT_OFTENER
            if is_unknown or age > _KEPT_FOR:
                self._asked_at = time.monotonic()
                self._keys = await self._read_keys()
        return self._keys.get(key_id)

    async def _read_keys(self) -> dict[str, jwt.PyJWK]:
        parts = urlsplit(self.issuer)
        place, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
        names = (
            f"{place}/.well-known/oauth-authorization-server{path}",
            f"{place}{path}/.well-known/openid-configuration",
        )
        try:
            async with httpx.AsyncClient(timeout=_WITHIN) as client:
                for name in names:
                    found = await _read(client, name)
                    if found is not None and found.get("issuer") == self.issuer:
                        keys = await _read(client, str(found.get("jwks_uri", "")))
                        return {
                            one.key_id: one
                            for one in jwt.PyJWKSet.from_dict(keys or {}).keys
                            if one.key_id
                        }
        except (httpx.HTTPError, httpx.InvalidURL, jwt.PyJWTError, ValueError) as error:
            raise ServiceError(f"The keys of {self.issuer} cannot be read: {error}.") from None
        raise ServiceError(f"{self.issuer} publishes no metadata that names it as the issuer.")


async def _read(client: httpx.AsyncClient, address: str) -> dict[str, Any] | None:
    """Return a JSON object; ``None`` if there is none at the address."""
    answer = await client.get(address)
    if answer.is_error or len(answer.content) > _MOST_BYTES:
        return None
    found: object = answer.json()
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None
