"""No log holds a secret, whatever is logged and however it is written."""

import io
import json
import logging
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from temporalio import activity
from temporalio.testing import ActivityEnvironment

from galley.settings import Settings
from observability.logs import HIDDEN, JsonLines, Redacting, Redaction, TextLines, redaction_of
from tests.end_to_end.stack import SECRETS
from tests.observability.conftest import Observed

SIGNS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
SECRET = st.text(SIGNS, min_size=8, max_size=40).filter(
    lambda one: one.strip() == one and one not in HIDDEN
)
TOKENS = {
    "Authorization: Bearer abc.def-123456": "abc.def-123456",
    "headers={'authorization': 'Basic dXNlcjpwYXNzd29yZA=='}": "dXNlcjpwYXNzd29yZA==",
    '{"api_key": "s3cr3t-value"}': "s3cr3t-value",
    "GET https://kim:hunter22@host/x": "hunter22",
    "https://host/a?token=abcdef123&x=1": "abcdef123",
    "https://b.s3.amazonaws.com/k?X-Amz-Signature=0a1b2c3d4e": "0a1b2c3d4e",
    "key sk-ant-api03-AbCdEf_123456": "sk-ant-api03-AbCdEf_123456",
    "r8_AbCdEfGhIjKlMnOp": "r8_AbCdEfGhIjKlMnOp",
    "xoxb-123456789-abcdef": "xoxb-123456789-abcdef",
    "whsec_MfKQ9r8GKYqrTwjU": "whsec_MfKQ9r8GKYqrTwjU",
    "AKIAIOSFODNN7EXAMPLE": "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl": "eyJzdWIiOi",
    "refresh_token=abc123def456": "abc123def456",
    "BUFFER_API_KEY=1/abcdef0123": "1/abcdef0123",
}


def logger(redaction: Redaction, *, as_json: bool) -> tuple[logging.Logger, io.StringIO]:
    """Return a logger of its own and what it writes."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Redacting(redaction))
    handler.setFormatter(JsonLines() if as_json else TextLines())
    own = logging.Logger("test")  # noqa: LOG001 - of this example alone
    own.addHandler(handler)
    return own, written


@given(SECRET, st.booleans())
def test_a_secret_of_the_settings_stands_in_no_log(
    secret: str,
    as_json: bool,  # noqa: FBT001 - drawn
) -> None:
    settings = Settings.model_construct(anthropic_api_key=SecretStr(secret))
    log, written = logger(redaction_of(settings), as_json=as_json)
    log.warning("%s, twice: %s", secret, secret)
    log.warning("in JSON: %s", json.dumps({"a": secret}))
    log.warning("in an address: https://host/%s", quote(secret, safe=""))
    log.warning("beside", extra={"told": {"deep": [secret, (secret, 1)]}})
    try:
        raise ValueError(secret)  # noqa: TRY301 - to have a traceback
    except ValueError:
        log.exception("it failed")

    text = written.getvalue()
    found = [json.loads(line) for line in text.splitlines()] if as_json else text
    assert secret not in str(found).replace(HIDDEN, "")
    assert str(found).count(HIDDEN) >= 4


@pytest.mark.parametrize("text", TOKENS)
def test_what_looks_like_a_secret_is_taken_out_though_nobody_named_it(text: str) -> None:
    told = Redaction([]).text(f"It said: {text}, and ended.")

    assert TOKENS[text] not in told
    assert HIDDEN in told
    assert told.endswith("and ended.")


@pytest.mark.parametrize(
    "text",
    [
        "post:e5532e9790c8:aa6e4787f64f344cc25239d6 is scheduled",
        "8 tokens of 8000 were left",
        "https://example.com/articles/publish-once?page=2",
        "campaign:e5532e9790c8-2 waits for Buffer",
    ],
)
def test_what_is_no_secret_stays_as_it_was(text: str) -> None:
    assert Redaction(["secret-value"]).text(text) == text


@given(st.lists(SECRET, min_size=1, max_size=4), st.text(SIGNS, max_size=60))
def test_several_secrets_are_taken_out_though_one_may_begin_another(
    secrets: list[str], text: str
) -> None:
    secrets = [*secrets, f"{secrets[0]}-and-more"]

    told = Redaction(secrets).text(f"{text} {' | '.join(secrets)}")

    assert "-and-more" not in told.removeprefix(text)


async def test_a_line_of_json_names_the_run_the_activity_and_the_attempt() -> None:
    @activity.defn
    async def fail() -> None:
        activity.logger.warning("It did not answer.")

    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Redacting(Redaction([])))
    handler.setFormatter(JsonLines())
    activity.logger.base_logger.addHandler(handler)
    try:
        await ActivityEnvironment().run(fail)
    finally:
        activity.logger.base_logger.removeHandler(handler)

    line = json.loads(written.getvalue())
    assert line["message"].startswith("It did not answer.")
    assert line["level"] == "WARNING"
    assert {"workflow_id", "run_id", "activity", "attempt"} <= line.keys()
    assert line["attempt"] == 1


def test_a_log_that_is_wrong_is_still_a_log() -> None:
    log, written = logger(Redaction([]), as_json=True)

    log.warning("%d of %d", "one")  # noqa: PLE1206 - that is the case

    assert json.loads(written.getvalue())["message"] == "%d of %d"


@pytest.mark.parametrize("as_json", [False, True])
def test_nothing_that_is_quoted_begins_a_line_or_is_obeyed_by_a_terminal(*, as_json: bool) -> None:
    log, written = logger(Redaction([]), as_json=as_json)
    said = "a page\nERROR the key is gone\r\x1b[2J\x9b31m\u202eback"

    log.warning("It said: %s", said)
    log.error("Failed", exc_info=ValueError(said))

    lines = written.getvalue().split("\n")
    begun = ('{"time"',) if as_json else ("WARNING It said", "ERROR Failed", "  ")
    assert all(line.startswith(begun) for line in lines if line)
    assert not {*"\r\x1b\x9b\u202e"} & {*written.getvalue()}
    assert "the key is gone" in written.getvalue()


@pytest.mark.server
def test_a_worker_that_is_asked_for_it_logs_json_and_no_secret(observed: Observed) -> None:
    lines = [line for line in observed.log.splitlines() if line.startswith("{")]
    failed = [one for one in map(json.loads, lines) if one.get("activity")]

    assert failed[0]["activity"] == "write_set"
    assert failed[0]["workflow_id"].startswith("campaign:")
    assert failed[0]["attempt"] == 1
    assert not any(secret in observed.log for secret in SECRETS)
