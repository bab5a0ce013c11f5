"""Errors of the steps of a transcription, translated once for Temporal."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

from temporalio.exceptions import ApplicationError

from galley.clients.replicate import ReplicateFailure
from galley.clients.storage import StoreConflictError, StoreDeniedError, StoreError
from galley.clients.web import WebError
from galley.clients.whisper import WhisperError
from galley.costs.budget import OverBudgetError
from galley.media.errors import MediaError, MediaTimeoutError
from galley.sources.errors import SourceError


@contextmanager
def translated() -> Generator[None]:
    """Raise what goes wrong in the block as an ``ApplicationError``.

    Types: ``SourceError`` and ``MediaError``, final unless a host may answer later or
    ffmpeg ran out of time; ``StoreError``, final unless the store could not be
    reached; ``TranscriptionError``, final unless Replicate may answer later;
    ``OverBudget``, final.
    """
    try:
        yield
    except SourceError as error:
        raise ApplicationError(
            str(error), type="SourceError", non_retryable=True
        ) from None
    except WebError as error:
        raise ApplicationError(
            str(error),
            type="SourceError",
            non_retryable=not error.retryable,
            next_retry_delay=timedelta(seconds=error.retry_after)
            if error.retryable and error.retry_after
            else None,
        ) from None
    except MediaError as error:
        is_final = not isinstance(error, MediaTimeoutError)
        raise ApplicationError(
            str(error), type="MediaError", non_retryable=is_final
        ) from None
    except ReplicateFailure as error:
        raise ApplicationError(
            str(error),
            type="TranscriptionError",
            non_retryable=not error.retryable,
            next_retry_delay=timedelta(seconds=error.retry_after)
            if error.retryable and error.retry_after
            else None,
        ) from None
    except OverBudgetError as error:
        raise ApplicationError(
            str(error), type="OverBudget", non_retryable=True
        ) from None
    except WhisperError as error:
        raise ApplicationError(
            str(error), type="TranscriptionError", non_retryable=True
        ) from None
    except StoreError as error:
        is_final = isinstance(error, StoreDeniedError | StoreConflictError)
        raise ApplicationError(
            str(error), type="StoreError", non_retryable=is_final
        ) from None
