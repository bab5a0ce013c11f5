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
from emulators.buffer.gate import Plan
from emulators.buffer.schema import extended
from emulators.buffer.store import StateInUseError
from emulators.serving import listen

FASTEST = 100_000


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; return the exit code."""
    given = _parser().parse_args(arguments)
    try:
        server = EmulatorServer(_options(given), announce=True)
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


def _fail(message: str) -> int:
    print(f"Buffer emulator: {message}", file=sys.stderr)  # noqa: T201 - a program's error
    return 1


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
    for name, words in (
        ("publish-after", "how long a post stays in sending"),
        ("link-after", "how long a sent post has no address yet"),
        ("ingest-after", "how long a video stays unmeasured"),
        ("duplicate-window", "how long a sent or failed post blocks its repeat; below 0: no guard"),
    ):
        default: float = getattr(defaults, name.replace("-", "_"))
        add(f"--{name}", type=float, default=default, metavar="SECONDS", help=words)
    for name, metavar, words in (
        ("allow-host", "HOST", "fetch media from this host though its address is private"),
        ("name", "HOST", "answer to this host name too, as a container needs"),
        (
            "reject-token",
            "TOKEN",
            "answer 401 to this token, as to those starting with bad or revoked",
        ),
        (
            "oauth-client",
            "ID[:SECRET]",
            "an app that may ask for authorization; without any, every one may",
        ),
    ):
        add(f"--{name}", action="append", default=[], metavar=metavar, help=words)
    for name, words in (
        ("free-refusals", "do not count requests that are answered 429"),
        ("shared-pool", "let all tokens use up the same rate windows"),
        ("repeat-headers", "send a RateLimit header for each window instead of one for all"),
        ("auto-approve", "allow every app at once, without the page that asks"),
    ):
        add(f"--{name}", action="store_true", help=words)
    add(
        "--quota-times",
        type=int,
        default=defaults.quota_times,
        metavar="N",
        help="make the plan's rate windows N times larger, for load tests",
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
    return parser


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed <= FASTEST:
        raise ValueError(text)
    return speed


def _sdl(path: str) -> str:
    """Read an extension of the schema, and check that it fits."""
    try:
        extension = Path(path).read_text("utf-8")
        extended(extension)
    except (OSError, UnicodeDecodeError, GraphQLError, TypeError) as error:
        # argparse makes a usage error of a ValueError only.
        raise ValueError(path) from error
    return extension


def _options(given: argparse.Namespace) -> Options:
    apps = (one.partition(":") for one in cast("list[str]", given.oauth_client))
    return Options(
        state=given.state,
        plan=cast("Plan", given.plan),
        organization=given.organization,
        publish_after=given.publish_after,
        ingest_after=given.ingest_after,
        duplicate_window=given.duplicate_window,
        allowed_hosts=tuple(given.allow_host),
        names=tuple(given.name),
        rejected_tokens=tuple(given.reject_token),
        count_refused=not given.free_refusals,
        # 0 or less would refuse every request.
        quota_times=max(1, cast("int", given.quota_times)),
        speed=given.speed,
        shared_pool=given.shared_pool,
        repeat_headers=given.repeat_headers,
        link_after=given.link_after,
        extension=given.extend or "",
        seed=given.seed,
        faults=tuple(given.fault),
        oauth_clients={client: secret for client, _, secret in apps},
        auto_approve=given.auto_approve,
    )


if __name__ == "__main__":
    sys.exit(main())
