"""Web Push: the browsers that want notifications, and the sender that reaches them.

A push service (RFC 8030) is told by its user's browser where to take messages for it. Each is
encrypted for the browser (RFC 8291) and signed by our key (RFC 8292), made on first use. Both the
key and the subscriptions are objects of the state bucket.
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import cast

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from pydantic import AwareDatetime, Field, ValidationError
from typing_extensions import override

from galley.clients.addresses import (
    Address,
    Resolve,
    addresses_of,
    asked_at,
    is_local_name,
    is_public,
)
from galley.clients.certificates import authorities
from galley.clients.notifications import DEADLINE, NotifyError, Part, Sender, is_loopback, refused
from galley.clients.storage import ObjectStore
from galley.clients.team_file import TeamError, team_of
from galley.models.base import Model
from galley.models.notification import Notification, NotifyChannel
from galley.notifications.asks import Ask
from galley.notifications.messages import said_in_short
from galley.settings import Settings

_KEY, _SUBSCRIPTIONS = "web/push.key", "web/push/"
_POINT_BYTES, _SECRET_BYTES, _LONGEST = 65, 16, 1000
_MOST, _MOST_OF_A_PERSON = 1000, 10
_AT_ONCE = 8
_KEPT = timedelta(days=1)
"""So long a push service keeps a message for a browser that is away."""
_TOKEN_LASTS = timedelta(hours=12)
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


class SubscriptionError(ValueError):
    """A subscription that cannot be used; the text is one sentence."""


class Subscription(Model):
    """One browser that wants notifications."""

    person: str = Field(max_length=120)
    endpoint: str = Field(max_length=_LONGEST)
    """The address at its push service; whoever has it can send, so it is never shown."""
    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=100)
    with_titles: bool = False
    """Whether the person asked for titles of campaigns, which are words of a source."""
    made_at: AwareDatetime

    @property
    def name(self) -> str:
        """The object that holds it."""
        return _name(self.endpoint)

    def check(self, *, may_be_local: bool) -> None:
        """Refuse what no browser would give.

        Raises:
            SubscriptionError: The address is none of the public internet, or a key is none.
        """
        try:
            # The parser that sends: another one would take addresses that this one cannot ask.
            url = httpx.URL(self.endpoint)
            host, port = url.host, url.port
        except (httpx.InvalidURL, ValueError):
            raise SubscriptionError("The browser's push service is no public address.") from None
        try:
            point, secret = _bytes(self.p256dh), _bytes(self.auth)
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except ValueError:
            raise SubscriptionError("The browser gave no usable keys.") from None
        is_here = may_be_local and url.scheme == "http" and is_loopback(host)
        is_outside = url.scheme == "https" and port is None and bool(host)
        if not (is_here or (is_outside and not is_local_name(host))) or url.userinfo:
            raise SubscriptionError("The browser's push service is no public address.")
        if len(point) != _POINT_BYTES or len(secret) != _SECRET_BYTES:
            raise SubscriptionError("The browser gave no usable keys.")


async def public_key(state: ObjectStore) -> str:
    """Return our public key as browsers take it; raises ``StoreError``."""
    return _public(await _key(state))


async def subscribe(state: ObjectStore, one: Subscription) -> None:
    """Keep a subscription in place of an earlier one of the same browser.

    Of one person the oldest ones go: browsers that are gone do not always say so.

    Raises:
        SubscriptionError: There are too many.
        StoreError: The state bucket does not answer.
    """
    known = await subscriptions(state)
    if len(known) >= _MOST and one.name not in {other.name for other in known}:
        raise SubscriptionError("Too many browsers want notifications.")
    own = sorted((other for other in known if other.person == one.person), key=_age, reverse=True)
    for other in own[_MOST_OF_A_PERSON - 1 :]:
        await state.delete(other.name)
    await state.delete(one.name)
    await state.put_if_absent(one.name, one.model_dump_json().encode(), "application/json")


async def unsubscribe(state: ObjectStore, person: str, endpoint: str) -> None:
    """Forget a browser of a person; raises ``StoreError``."""
    one = await _subscription(state, _name(endpoint))
    if one and (one.person, one.endpoint) == (person, endpoint):
        await state.delete(one.name)


async def has_subscriptions(state: ObjectStore) -> bool:
    """Whether any browser wants notifications; raises ``StoreError``."""
    return bool(await state.names(_SUBSCRIPTIONS))


async def subscriptions(state: ObjectStore) -> list[Subscription]:
    """Return the browsers that want notifications; raises ``StoreError``."""
    names = (await state.names(_SUBSCRIPTIONS))[: _MOST + 1]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def read(name: str) -> Subscription | None:
        async with gate:
            return await _subscription(state, name)

    found = await asyncio.gather(*map(read, names))
    return [one for one in found if one is not None]


async def _subscription(state: ObjectStore, name: str) -> Subscription | None:
    held = await state.get(name)
    try:
        return Subscription.model_validate_json(held) if held else None
    except ValidationError:
        return None


def _name(endpoint: str) -> str:
    return f"{_SUBSCRIPTIONS}{hashlib.sha256(endpoint.encode()).hexdigest()[:32]}.json"


def _age(one: Subscription) -> datetime:
    return one.made_at


async def _key(state: ObjectStore) -> ec.EllipticCurvePrivateKey:
    held = await state.get(_KEY)
    if held is None:
        made = ec.generate_private_key(ec.SECP256R1())
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        await state.put_if_absent(_KEY, pem, "application/x-pem-file")
        held = await state.get(_KEY) or pem
    key = load_pem_private_key(held, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise NotifyError(f"{_KEY} in the state bucket is no key for Web Push: delete it.")
    return key


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


class PushSender(Sender):
    """Sends a message to every browser that wants it; one that is gone is forgotten.

    A repeated message takes the place of the earlier one: push services know its topic, and
    browsers its tag.
    """

    channel = NotifyChannel.PUSH
    address = "browsers"
    shown = "the push services of browsers"

    def __init__(
        self, state: ObjectStore, settings: Settings, resolve: Resolve = addresses_of
    ) -> None:
        self._state, self._settings, self._resolve = state, settings, resolve
        pages = settings.web_address or ""
        # In local mode whoever signs in is at this machine, and may name it.
        self._may_be_local = not pages.startswith("https:")
        self._from = subject_of(pages)

    @override
    def parts(self, told: Notification, asks: Sequence[Ask] = ()) -> list[Part]:
        """Return one part: a browser whose service is away must not keep the others waiting."""
        del asks
        return [Part("", lambda: self._send_all(told))]

    async def _send_all(self, told: Notification) -> str:
        names = {name.casefold() for name in told.to}
        known = await self._of_the_team()
        wanted = [one for one in known if not names or one.person.casefold() in names]
        if not wanted:
            return "no browser wants it"
        key, gate = await _key(self._state), asyncio.Semaphore(_AT_ONCE)

        async def send(one: Subscription) -> NotifyError | None:
            # A repeated message goes to those alone that did not take it.
            mark = f"notifications/delivered/{told.id}.push.{one.name.removeprefix(_SUBSCRIPTIONS)}"
            async with gate:
                if await self._state.exists(mark):
                    return None
                failed = await self._send(one, told, key)
                if failed is None:
                    await self._state.put_if_absent(mark, b"{}", "application/json")
                return failed

        failed = [one for one in await asyncio.gather(*map(send, wanted)) if one is not None]
        if again := [one for one in failed if one.retryable]:
            # One browser's service that wants a longer pause holds up no other's.
            raise min(again, key=lambda one: one.retry_after or 0)
        refused = [one for one in failed if not one.is_gone]
        if refused and len(failed) == len(wanted):
            raise refused[0]
        return f"{len(wanted) - len(failed)} of {len(wanted)} browsers"

    async def _of_the_team(self) -> list[Subscription]:
        """Return the browsers of the team; those of people who left it are forgotten."""
        known = await subscriptions(self._state)
        try:
            team = team_of(self._settings)
        except TeamError as error:
            raise NotifyError(str(error), retryable=True) from None
        if team is None:
            return known
        for one in known:
            if team.person(one.person) is None:
                await self._state.delete(one.name)
        return [one for one in known if team.person(one.person)]

    async def _send(
        self, one: Subscription, told: Notification, key: ec.EllipticCurvePrivateKey
    ) -> NotifyError | None:
        """Send it to one browser; return why it was not taken."""
        try:
            one.check(may_be_local=self._may_be_local)
            url = httpx.URL(one.endpoint)
            status, retry_after = await self._ask(url, one, told, key)
        except (SubscriptionError, httpx.InvalidURL, UnicodeError) as error:
            await self._state.delete(one.name)
            return NotifyError(f"A browser was forgotten ({type(error).__name__}).", is_gone=True)
        except NotifyError as error:
            return error
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return None
        if status in _GONE:
            await self._state.delete(one.name)
            return NotifyError(
                f"{url.host} answered {status}: this browser was forgotten.", is_gone=True
            )
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return NotifyError(f"{url.host} answered {status}: redirects are not followed.")
        return refused(url.host, status, retry_after)

    async def _ask(
        self, url: httpx.URL, one: Subscription, told: Notification, key: ec.EllipticCurvePrivateKey
    ) -> tuple[int, str | None]:
        """Return the status, and how long to wait; what else the service answers is not read."""
        headers = {
            "Accept-Encoding": "identity",
            "Authorization": _token(key, f"{url.scheme}://{url.netloc.decode()}", self._from),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(_KEPT.total_seconds())),
            "Topic": told.id.removeprefix("msg_")[:32],
            "Urgency": "normal",
        }
        body = encrypted(one, body_of(told, with_titles=one.with_titles))
        try:
            async with (
                asyncio.timeout(DEADLINE),
                httpx.AsyncClient(
                    headers=headers,
                    timeout=DEADLINE,
                    verify=authorities(),
                    trust_env=False,
                    follow_redirects=False,
                ) as client,
                asked_at(client, "POST", url, await self._addresses(url), body) as reply,
            ):
                return reply.status_code, reply.headers.get("retry-after")
        except (httpx.HTTPError, TimeoutError, OSError):
            # Without the reason: it would tell which of our own machines answer.
            raise NotifyError(f"{url.host} cannot be reached.", retryable=True) from None

    async def _addresses(self, url: httpx.URL) -> tuple[Address, ...]:
        found = await asyncio.to_thread(self._resolve, url.host, url.port or 443)
        # A browser names the address: it must lead to none of our own machines.
        if (self._may_be_local and is_loopback(url.host)) or all(map(is_public, found)):
            return found
        raise httpx.ConnectError("The address is not public.")


def body_of(told: Notification, *, with_titles: bool) -> bytes:
    """Return what a browser shows: how many of what, and where to look; no words unless asked."""
    is_one_post = told.count == 1 and len(told.items) == 1
    name = told.items[0].workflow_id if is_one_post else ""
    path = f"/posts/{name}" if name.startswith("post:") else "/"
    title = told.title if with_titles else said_in_short(told.kind, told.count)
    return json.dumps({"title": title[:200], "tag": told.id, "path": path}).encode()


def encrypted(one: Subscription, body: bytes) -> bytes:
    """Return a body that only this browser can read."""
    import http_ece  # loaded on use: most installations push nothing

    encrypt = cast("Callable[..., bytes]", http_ece.encrypt)  # pyright: ignore[reportUnknownMemberType] -- untyped
    return encrypt(
        body,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(one.p256dh),
        auth_secret=_bytes(one.auth),
        version="aes128gcm",
    )


def subject_of(pages: str) -> str:
    """Return whom a push service may turn to, as an https: or mailto: address (RFC 8292, 2.1).

    Apple refuses a token without one, or with one of a private machine (``BadJwtToken``). Where the
    pages have no public address it is nobody's, of the domain that is kept for examples: no person
    has agreed to give theirs to push services.
    """
    url = httpx.URL(pages)
    is_public_name = url.scheme == "https" and not is_local_name(url.host)
    return pages if is_public_name else "mailto:nobody@example.com"


def _token(key: ec.EllipticCurvePrivateKey, audience: str, sender: str) -> str:
    import jwt

    claims = {"aud": audience, "exp": datetime.now(UTC) + _TOKEN_LASTS, "sub": sender}
    return f"vapid t={jwt.encode(claims, key, algorithm='ES256')}, k={_public(key)}"


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
