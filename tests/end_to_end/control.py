"""The control APIs of the two emulators."""

from typing import Any

import httpx

from tests.loopback import NO_AUTHORITIES

_SERVICES = {"x": "twitter"}
Json = dict[str, Any]


class Control:
    """JSON over the emulator's own paths."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def ask(self, method: str, path: str, body: Json | None = None) -> Any:  # noqa: ANN401 - any JSON value
        async with httpx.AsyncClient(verify=NO_AUTHORITIES, trust_env=False, timeout=30) as client:
            url = f"{self.address}/_emulator/{path}"
            answer = await client.request(method, url, json=body)
        answer.raise_for_status()
        return answer.json()


class AnthropicControl(Control):
    """What goes wrong with the next drafts."""

    async def order(self, kind: str, *, times: int = 1, seconds: float = 0) -> None:
        order = {"kind": kind, "times": times, "seconds": seconds}
        await self.ask("POST", "faults", order)

    async def pending(self) -> list[str]:
        left: list[str] = (await self.ask("GET", "faults"))["left"]
        return left


class BufferControl(Control):
    """What goes wrong with the next requests, and what came of them."""

    async def order(
        self, kind: str, platform: str = "", operation: str = "createPost", **more: object
    ) -> None:
        """Order a fault, for one platform's channel or for any."""
        order: Json = {"kind": kind, "operation": operation, **more}
        if platform:
            order["channelId"] = (await self.channel(platform))["id"]
        await self.ask("POST", "faults", order)

    async def pending(self) -> list[Json]:
        """Return the faults that are still to happen."""
        found: list[Json] = (await self.ask("GET", "faults"))["pending"]
        return found

    async def clear(self) -> None:
        """Order no more faults, and show the posts that are hidden."""
        await self.ask("DELETE", "faults")

    async def ledger(self) -> list[Json]:
        """Return every post ever made."""
        posts: list[Json] = await self.ask("GET", "posts")
        return posts

    async def channel(self, platform: str) -> Json:
        channels: list[Json] = await self.ask("GET", "channels")
        service = _SERVICES.get(platform, platform)
        return next(one for one in channels if one["service"] == service)

    async def patch(self, platform: str, **changes: object) -> None:
        """Change a channel, as its owner would in Buffer."""
        channel_id = (await self.channel(platform))["id"]
        await self.ask("PATCH", f"channels/{channel_id}", changes)
