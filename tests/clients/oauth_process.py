"""A process that wants an access token, and may be told to die on the way.

``python -m tests.clients.oauth_process URL FOLDER [STEP]``: says ``ready``, waits for a
line, then prints the status with which Buffer answers its token.
"""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from pydantic import SecretStr

from galley.clients.buffer.oauth import Authority, TokenReply
from galley.clients.buffer.renewal import RenewedTokens
from galley.clients.buffer.tokens import Grant, GrantState, TokenStore
from tests.loopback import NO_AUTHORITIES

STEPS = ("before the note", "after the note", "after the reply", "after the write")


def later() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=56)


def die_at(step: str) -> None:
    if sys.argv[3:] == [step]:
        os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(TokenStore):
    def save(self, grant: Grant, *, afresh: bool = False) -> None:
        is_note = grant.state is GrantState.REFRESHING
        die_at("before the note" if is_note else "before the write")
        super().save(grant, afresh=afresh)
        die_at("after the note" if is_note else "after the write")


class MortalAuthority(Authority):
    def refresh(self, token: SecretStr) -> TokenReply:
        reply = super().refresh(token)
        die_at("after the reply")
        return reply


def main() -> None:
    url, folder = sys.argv[1:3]
    server = MortalAuthority(url, "galley-app", None, user_agent="galley/test")
    tokens = RenewedTokens(MortalStore(Path(folder)), server, later)
    print("ready", flush=True)  # noqa: T201 - the line the test waits for
    sys.stdin.readline()
    answer = httpx.post(
        url,
        json={"query": "{ account { id } }"},
        headers={"Authorization": f"Bearer {tokens.token()}"},
        verify=NO_AUTHORITIES,
    )
    print(answer.status_code)  # noqa: T201 - the result


if __name__ == "__main__":
    main()
