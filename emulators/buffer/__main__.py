"""Run the emulator: ``python -m emulators.buffer --port 9700``."""

import argparse
import contextlib
import sqlite3
import sys
from pathlib import Path
from typing import cast

from graphql import GraphQLError

from emulators.buffer.app import EmulatorServer
from emulators.buffer.core import Options
from emulators.buffer.faults import read_order
from emulators.buffer.oauth_store import OAuthOptions
from emulators.buffer.rate import Plan
from emulators.buffer.schema import extended
from emulators.buffer.store import StateInUseError
from emulators.serving import listen

FASTEST = 100_000


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        server = EmulatorServer(_options(given), _oauth(given), announce=True)
    except StateInUseError:
        return _fail(f"{given.state} is in use by another emulator: stop that one first")
    except (sqlite3.DatabaseError, OSError) as error:
        return _fail(f"cannot keep state in {given.state}: {error}")
    try:
        sock = listen(given.host, given.port)
    except OSError as error:
        return _fail(f"cannot listen on {given.host}:{given.port}: {error.strerror}")
    # uvicorn has shut down in order by the time it passes Ctrl-C on.
    with sock, contextlib.suppress(KeyboardInterrupt):
        server.run([sock])
    return 0


def _parser() -> argparse.ArgumentParser:
    defaults = Options()
    parser = argparse.ArgumentParser(
        prog="python -m emulators.buffer", description="A local stand-in for Buffer's GraphQL API."
    )
    add = parser.add_argument
    add("--port", type=int, required=True, help="0 takes a free one")
    add("--host", default="127.0.0.1")
    add("--state", type=Path, help="SQLite file; without it nothing is kept")
    add("--plan", choices=["free", "essentials", "team"], default=defaults.plan)
    add("--organization", default=defaults.organization, metavar="NAME")
    add(
        "--publish-after",
        type=float,
        default=defaults.publish_after,
        metavar="SECONDS",
        help="how long a post stays in sending",
    )
    add(
        "--link-after",
        type=float,
        default=defaults.link_after,
        metavar="SECONDS",
        help="how long a sent post has no address yet",
    )
    add(
        "--ingest-after",
        type=float,
        default=defaults.ingest_after,
        metavar="SECONDS",
        help="how long a video stays unmeasured",
    )
    add(
        "--duplicate-window",
        type=float,
        default=defaults.duplicate_window,
        metavar="SECONDS",
        help="how long a sent or failed post blocks its repeat; below 0: no guard",
    )
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST",
        help="fetch media from this host though its address is private",
    )
    add(
        "--reject-token",
        action="append",
        default=[],
        metavar="TOKEN",
        help="answer 401 to this token, as to those starting with bad or revoked",
    )
    add("--free-refusals", action="store_true", help="do not count requests that are answered 429")
    add(
        "--quota-times",
        type=int,
        default=defaults.quota_times,
        metavar="N",
        help="make the plan's rate windows N times larger, for load tests",
    )
    add("--shared-pool", action="store_true", help="let all tokens use up the same rate windows")
    add(
        "--repeat-headers",
        action="store_true",
        help="send a RateLimit header for each window instead of one for all",
    )
    add(
        "--speed",
        type=_speed,
        default=defaults.speed,
        metavar="FACTOR",
        help="how many seconds pass here in one second",
    )
    add(
        "--fault",
        action="append",
        type=read_order,
        default=[],
        metavar="OPERATION:KIND[:TIMES][:NAME=VALUE…]",
        help="order a fault at the start, such as createPost:lost_reply",
    )
    add("--extend", type=_sdl, metavar="FILE", help="SDL of new fields")
    add("--seed", type=int, metavar="N", help="for the faults that come by chance")
    add(
        "--oauth-client",
        action="append",
        default=[],
        metavar="ID[:SECRET]",
        help="an app that may ask for authorization; without any, every one may",
    )
    add(
        "--auto-approve",
        action="store_true",
        help="allow every app at once, without the page that asks",
    )
    return parser


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed <= FASTEST:
        raise ValueError(text)
    return speed


def _sdl(path: str) -> str:
    """Read an extension of the schema that fits it."""
    try:
        extension = Path(path).read_text("utf-8")
        extended(extension)
    except (OSError, UnicodeDecodeError, GraphQLError, TypeError) as error:
        raise ValueError(path) from error
    return extension


def _oauth(given: argparse.Namespace) -> OAuthOptions:
    named = cast("list[str]", given.oauth_client)
    apps = (one.partition(":") for one in named)
    return OAuthOptions(
        clients={client: secret for client, _, secret in apps}, auto_approve=given.auto_approve
    )


def _options(given: argparse.Namespace) -> Options:
    return Options(
        state=given.state,
        plan=cast("Plan", given.plan),
        organization=given.organization,
        publish_after=given.publish_after,
        ingest_after=given.ingest_after,
        duplicate_window=given.duplicate_window,
        allowed_hosts=tuple(given.allow_host),
        rejected_tokens=tuple(given.reject_token),
        count_refused=not given.free_refusals,
        quota_times=max(1, cast("int", given.quota_times)),
        speed=given.speed,
        shared_pool=given.shared_pool,
        repeat_headers=given.repeat_headers,
        link_after=given.link_after,
        extension=given.extend or "",
        seed=given.seed,
        faults=tuple(given.fault),
    )


def _fail(message: str) -> int:
    print(f"Buffer emulator: {message}", file=sys.stderr)  # noqa: T201 - a program's error
    return 1


if __name__ == "__main__":
    sys.exit(main())
