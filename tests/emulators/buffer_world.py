"""A running Buffer emulator and the calls the tests make to it, over real sockets."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx

from emulators.buffer.app import EmulatorServer
from emulators.buffer.core import Options
from emulators.serving import listen
from tests.loopback import NO_AUTHORITIES

DEADLINE = 15
TOKEN = "token-one"
Json = dict[str, Any]
T = TypeVar("T")

CREATE = """
mutation Create($input: CreatePostInput!) {
  createPost(input: $input) {
    __typename
    ... on MutationError { message }
    ... on PostActionSuccess { post { ...Whole } }
  }
}
"""
EDIT = CREATE.replace("Create($input: CreatePost", "Edit($input: EditPost").replace(
    "createPost", "editPost"
)
WHOLE = """
fragment Whole on Post {
  id text status dueAt sentAt createdAt shareMode isCustomScheduled externalLink
  via channelId channelService schedulingType notificationStatus
  error { message }
  assets {
    __typename source mimeType type
    ... on ImageAsset { image { width height altText } }
    ... on VideoAsset { video { durationMs width height isVideoProcessing } }
  }
  metadata {
    __typename
    ... on CommonPostMetadata { type }
    ... on ThreadedPostMetadata { threadCount thread { text assets { source } } }
    ... on PinterestPostMetadata { title board { serviceId name } }
    ... on YoutubePostMetadata { title privacy embeddable category { categoryId } }
    ... on LinkedInPostMetadata { linkAttachment { url title } firstComment }
    ... on GoogleBusinessPostMetadata { details { __typename } }
  }
}
"""
POST = "query Post($id: PostId!) { post(input: {id: $id}) { ...Whole } }" + WHOLE


class World:
    """One emulator on a port of its own, and a client that talks to it."""

    def __init__(self, options: Options, token: str = TOKEN) -> None:
        self.server = EmulatorServer(options)
        self.socket = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self.server.run, args=([self.socket],), daemon=True)
        self._thread.start()
        self.client = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
            verify=NO_AUTHORITIES,
        )
        until(lambda: self.server.started)
        health = self.client.get("/_emulator/health").json()
        self.organization: str = health["organizationId"]
        self.channels: dict[str, Json] = {
            one["service"]: one for one in self.client.get("/_emulator/channels").json()
        }

    def close(self) -> None:
        self.client.close()
        self.server.should_exit = True
        self._thread.join(DEADLINE)
        self.socket.close()

    def reset(self) -> None:
        """Let it forget everything."""
        assert self.client.post("/_emulator/reset", json={}).status_code == 200
        found = self.client.get("/_emulator/channels").json()
        self.channels = {one["service"]: one for one in found}

    def send(self, query: str, **variables: object) -> httpx.Response:
        return self.client.post("/", json={"query": query, "variables": variables})

    def ask(self, query: str, **variables: object) -> Json:
        """The data of an answer that must be free of errors."""
        answer = self.send(query, **variables).json()
        assert "errors" not in answer, answer
        data: Json = answer["data"]
        return data

    def create(self, service: str, **fields: object) -> Json:
        """The result of createPost: a success, or a typed failure."""
        given: Json = {
            "channelId": self.channels[service]["id"],
            "schedulingType": "automatic",
            "mode": "customScheduled",
            "dueAt": in_seconds(3600),
            "text": f"Text for {service}",
            **fields,
        }
        if given["mode"] != "customScheduled" and "dueAt" not in fields:
            del given["dueAt"]
        result: Json = self.ask(CREATE + WHOLE, input=given)["createPost"]
        return result

    def created(self, service: str, **fields: object) -> Json:
        """The post that createPost must make."""
        result = self.create(service, **fields)
        assert result["__typename"] == "PostActionSuccess", result
        post: Json = result["post"]
        return post

    def refused(self, service: str, **fields: object) -> str:
        """The message of the InvalidInputError that createPost must answer."""
        result = self.create(service, **fields)
        assert result["__typename"] == "InvalidInputError", result
        return str(result["message"])

    def edit(self, post_id: str, **fields: object) -> Json:
        result: Json = self.ask(EDIT + WHOLE, input={"id": post_id, **fields})
        edited: Json = result["editPost"]
        return edited

    def post(self, post_id: str) -> Json:
        found: Json = self.ask(POST, id=post_id)["post"]
        return found

    def ends(self, post_id: str) -> Json:
        """The ledger's entry of a post once it is sent or has failed."""
        return until(
            lambda: next(
                (
                    one
                    for one in self.ledger()
                    if one["id"] == post_id and one["status"] in {"sent", "error"}
                ),
                None,
            )
        )

    def ledger(self) -> list[Json]:
        entries: list[Json] = self.client.get("/_emulator/posts").json()
        return entries

    def patch(self, service: str, **change: object) -> None:
        channel_id = self.channels[service]["id"]
        answer = self.client.patch(f"/_emulator/channels/{channel_id}", json=change)
        assert answer.status_code == 200, answer.text

    def order(self, operation: str, kind: str, **details: object) -> None:
        order = {"operation": operation, "kind": kind, **details}
        answer = self.client.post("/_emulator/faults", json=order)
        assert answer.status_code == 200, answer.text

    def pass_time(self, seconds: float) -> None:
        answer = self.client.post("/_emulator/clock", json={"seconds": seconds})
        assert answer.status_code == 200, answer.text


def until(condition: Callable[[], T | None]) -> T:
    """Wait for a condition to hold; its value."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("the condition did not come true in time")


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
