"""Which errors of clients Temporal tries again: one rule for every activity."""

from datetime import timedelta

import pytest

from activities.edge import failure
from galley.budget.ceilings import OverBudgetError
from galley.clients.notifications import NotifyError
from galley.clients.public_fetch import PublicFetchError
from galley.clients.replicate_http import ReplicateFailure
from galley.clients.storage import StoreConflictError, StoreDeniedError, StoreUnavailableError
from galley.clients.web_replies import WebError
from galley.drafting.answers import BadKeyError, LaterModelError
from galley.media.errors import MediaError, MediaTimeoutError
from galley.sources.text import SourceError

_LATER = [
    LaterModelError("Busy."),
    MediaTimeoutError("Too slow."),
    NotifyError("Down.", retryable=True),
    PublicFetchError("Down.", retryable=True),
    ReplicateFailure("Down.", retryable=True),
    StoreUnavailableError("Away."),
    WebError("Down.", retryable=True),
]
_FINAL = [
    BadKeyError("Wrong."),
    MediaError("Broken."),
    NotifyError("Refused."),
    PublicFetchError("Other bytes."),
    OverBudgetError("Too much."),
    ReplicateFailure("Refused."),
    SourceError("Empty."),
    StoreConflictError("Taken."),
    StoreDeniedError("Forbidden."),
    WebError("Not found."),
]


@pytest.mark.parametrize("error", _LATER, ids=lambda error: type(error).__name__)
def test_what_may_pass_by_itself_is_tried_again(error: Exception) -> None:
    told = failure(error, kind="Kind")

    assert not told.non_retryable
    assert (told.type, told.message) == ("Kind", str(error))


@pytest.mark.parametrize("error", _FINAL, ids=lambda error: type(error).__name__)
def test_what_a_person_must_mend_is_final(error: Exception) -> None:
    assert failure(error, kind="Kind").non_retryable


def test_an_attempt_waits_for_as_long_as_the_service_asks() -> None:
    asked = WebError("Later.", retryable=True, retry_after=7)
    refused = WebError("Never.", retry_after=7)

    assert failure(asked, kind="Kind").next_retry_delay == timedelta(seconds=7)
    assert failure(refused, kind="Kind").next_retry_delay is None
