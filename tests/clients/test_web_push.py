"""Browsers that want notifications get them, readable by them alone, until they are gone."""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from galley.clients.addresses import Address
from galley.clients.notifications import NotifyError
from galley.clients.storage import ObjectStore
from galley.clients.web_push import (
    PushSender,
    Subscription,
    SubscriptionError,
    public_key,
    subject_of,
    subscribe,
    subscriptions,
    unsubscribe,
)
from galley.models.notification import Notification, NotificationKind, NotifiedItem
from galley.settings import Settings

pytestmark = pytest.mark.server
AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
_decrypt = cast("Callable[..., bytes]", http_ece.decrypt)  # pyright: ignore[reportUnknownMemberType] -- untyped


def told(*to: str) -> Notification:
    item = NotifiedItem(workflow_id="post:a:b", title="Secret plans", text="words of a draft")
    return Notification(
        id="msg_0123456789abcdef0123456789abcdef",
        kind=NotificationKind.REVIEW_WAITING,
        title="1 post waiting for review: Secret plans",
        at=AT,
        count=1,
        to=to,
        items=(item,),
    )


def coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Browser:
    """A browser, and its place at a push service on real sockets."""

    server: HTTPServer
    person: str = "kim"
    answer: int = 201
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    path: str = field(default_factory=lambda: f"/{secrets.token_hex(8)}")
    got: list[Request] = field(default_factory=list[Request])

    def subscription(self, **more: Any) -> Subscription:  # noqa: ANN401 -- fields
        def take(request: Request) -> Response:
            self.got.append(request)
            return Response(status=self.answer)

        self.server.expect_request(self.path).respond_with_handler(take)
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        fields = {
            "person": self.person,
            "endpoint": self.server.url_for(self.path),
            "p256dh": coded(point),
            "auth": coded(self.secret),
            "made_at": AT,
        }
        return Subscription.model_validate(fields | more)

    def read(self) -> dict[str, str]:
        """Return what the last message shows, as only this browser can."""
        body = self.got[-1].get_data()
        return json.loads(_decrypt(body, private_key=self.key, auth_secret=self.secret))


@pytest.fixture(name="sender")
def _sender(state_store: ObjectStore) -> PushSender:
    return PushSender(state_store, Settings.model_construct())


async def test_a_browser_reads_how_much_needs_a_person_and_no_word_unless_it_asked(
    httpserver: HTTPServer, state_store: ObjectStore, sender: PushSender
) -> None:
    plain, asked = Browser(httpserver), Browser(httpserver)
    await subscribe(state_store, plain.subscription())
    await subscribe(state_store, asked.subscription(with_titles=True))
    await sender.send(told())
    heads = plain.got[0].headers
    scheme, token, key = heads["Authorization"].replace(",", "").split()
    point = base64.urlsafe_b64decode(key.removeprefix("k=") + "=")
    ours = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    origin = httpserver.url_for("").rstrip("/")
    claims = jwt.decode(token.removeprefix("t="), ours, ["ES256"], audience=origin)

    assert plain.read() == {
        "title": "1 post waiting for review",
        "tag": "msg_0123456789abcdef0123456789abcdef",
        "path": "/posts/post:a:b",
    }
    assert asked.read()["title"] == "1 post waiting for review: Secret plans"
    assert (scheme, heads["Content-Encoding"], len(heads["Topic"])) == ("vapid", "aes128gcm", 32)
    assert key == f"k={await public_key(state_store)}"
    assert datetime.fromtimestamp(claims["exp"], UTC) - datetime.now(UTC) < timedelta(days=1)
    assert claims["sub"] == "mailto:nobody@example.com"
    assert b"Secret plans" not in asked.got[0].get_data()


@pytest.mark.parametrize("private", ["", "http://127.0.0.1:9703", "https://[::1]", "https://a.lan"])
def test_the_sender_that_a_push_service_hears_of_is_on_no_private_machine(private: str) -> None:
    assert subject_of(private) == "mailto:nobody@example.com"
    assert subject_of("https://review.example.com") == "https://review.example.com"


async def test_a_mention_reaches_the_browsers_of_that_person_alone(
    httpserver: HTTPServer, state_store: ObjectStore, sender: PushSender
) -> None:
    kim, lee = Browser(httpserver, "kim"), Browser(httpserver, "lee")
    for one in (kim, lee):
        await subscribe(state_store, one.subscription())
    await sender.send(told("Lee"))

    assert (len(kim.got), len(lee.got)) == (0, 1)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(
    status: int, httpserver: HTTPServer, state_store: ObjectStore, sender: PushSender
) -> None:
    gone, here = Browser(httpserver, answer=status), Browser(httpserver)
    for one in (gone, here):
        await subscribe(state_store, one.subscription())
    assert await sender.send(told()) == "1 of 2 browsers"
    await sender.send(told().model_copy(update={"id": "msg_2"}))

    assert (len(gone.got), len(here.got)) == (1, 2)
    delivered = await state_store.names("notifications/delivered/")
    assert len(delivered) == 2, "one mark a message: of the browser that took it"
    assert [one.endpoint for one in await subscriptions(state_store)] == [
        httpserver.url_for(here.path)
    ]


async def test_a_push_service_that_is_away_keeps_no_other_browser_waiting(
    httpserver: HTTPServer, state_store: ObjectStore, sender: PushSender
) -> None:
    away, here = Browser(httpserver, answer=503), Browser(httpserver)
    for one in (away, here):
        await subscribe(state_store, one.subscription())
    with pytest.raises(NotifyError) as failed:
        await sender.send(told())

    with pytest.raises(NotifyError):
        await sender.send(told())

    assert failed.value.retryable
    assert (len(away.got), len(here.got)) == (2, 1)
    assert httpserver.url_for(away.path) not in str(failed.value)


async def test_an_address_that_cannot_be_asked_is_forgotten_and_stops_nobody(
    httpserver: HTTPServer, state_store: ObjectStore, sender: PushSender
) -> None:
    here = Browser(httpserver)
    for endpoint in ("https://a.example:abc/", "https://a.example/\x7f", "https://xn--a.example/"):
        await subscribe(state_store, Browser(httpserver).subscription(endpoint=endpoint))
    await subscribe(state_store, here.subscription())

    assert await sender.send(told()) == "1 of 4 browsers"
    assert len(here.got) == len(await subscriptions(state_store)) == 1


async def test_the_answer_of_a_push_service_is_not_read(
    httpserver: HTTPServer, state_store: ObjectStore, sender: PushSender
) -> None:
    # Whoever reads it fails: the bytes are no gzip.
    asked = list[str]()

    def take(request: Request) -> Response:
        asked.append(request.headers["Accept-Encoding"])
        return Response(b"bomb", 201, {"Content-Encoding": "gzip"})

    one = Browser(httpserver).subscription(endpoint=httpserver.url_for("/bomb"))
    httpserver.expect_request("/bomb").respond_with_handler(take)
    await subscribe(state_store, one)
    await sender.send(told())

    assert asked == ["identity"]


async def test_a_name_that_leads_to_our_machines_fails_as_one_that_leads_nowhere(
    httpserver: HTTPServer, state_store: ObjectStore
) -> None:
    def resolve(host: str, port: int) -> tuple[Address, ...]:
        if host == "a.example.com":
            raise OSError(port)
        return (ip_address("93.184.215.14"), ip_address("127.0.0.1"))

    said = list[str]()
    for host in ("a.example.com", "b.example.com"):
        one = Browser(httpserver).subscription(endpoint=f"https://{host}/")
        await subscribe(state_store, one)
        with pytest.raises(NotifyError) as failed:
            await PushSender(state_store, Settings.model_construct(), resolve).send(told())
        said.append(str(failed.value).replace(host, "host"))
        await unsubscribe(state_store, "kim", one.endpoint)

    assert said == ["host cannot be reached."] * 2


async def test_browsers_of_people_who_left_the_team_are_forgotten(
    httpserver: HTTPServer, state_store: ObjectStore, tmp_path: Path
) -> None:
    file = tmp_path / "team.yaml"
    file.write_text(f"people:\n  - name: lee\n    roles: [approver]\n    key: {'A' * 43}=\n")
    kim, lee = Browser(httpserver, "kim"), Browser(httpserver, "lee")
    for one in (kim, lee):
        await subscribe(state_store, one.subscription())
    await PushSender(state_store, Settings.model_construct(team=file)).send(told())

    assert (len(kim.got), len(lee.got)) == (0, 1)
    assert [one.person for one in await subscriptions(state_store)] == ["lee"]


async def test_a_person_ends_their_own_browsers_alone_and_has_ten_at_most(
    httpserver: HTTPServer, state_store: ObjectStore
) -> None:
    made = [Browser(httpserver).subscription(made_at=AT + timedelta(minutes=n)) for n in range(11)]
    for one in made:
        await subscribe(state_store, one)
    await unsubscribe(state_store, "lee", made[-1].endpoint)
    await unsubscribe(state_store, "kim", made[-2].endpoint)
    left = {one.endpoint for one in await subscriptions(state_store)}

    assert left == {one.endpoint for one in made[1:]} - {made[-2].endpoint}


@pytest.mark.parametrize(
    "more",
    [
        {"endpoint": "http://push.example.com/a"},
        {"endpoint": "https://10.0.0.1/a"},
        {"endpoint": "https://metadata.internal/a"},
        {"endpoint": "https://kim:secret@push.example.com/a"},
        {"endpoint": "file:///etc/passwd"},
        {"endpoint": "https://[broken/a"},
        {"endpoint": "https://a.example:abc/"},
        {"endpoint": "https://a.example:8443/"},
        {"endpoint": "https://a.example/\x7f"},
        {"endpoint": "https://xn--a.example/"},
        {"p256dh": coded(b"\x04" + bytes(64))},
        {"auth": coded(bytes(4))},
    ],
)
@pytest.mark.parametrize("may_be_local", [True, False])
def test_an_address_or_key_that_no_browser_gives_is_refused(
    more: dict[str, str],
    may_be_local: bool,  # noqa: FBT001 -- of the parameters
    httpserver: HTTPServer,
) -> None:
    with pytest.raises(SubscriptionError):
        Browser(httpserver).subscription(**more).check(may_be_local=may_be_local)


def test_a_push_service_on_this_machine_is_for_local_mode_alone(httpserver: HTTPServer) -> None:
    one = Browser(httpserver).subscription()
    one.check(may_be_local=True)

    with pytest.raises(SubscriptionError):
        one.check(may_be_local=False)
