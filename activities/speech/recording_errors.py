"""Errors of the steps of a transcription, translated once for Temporal."""

from collections.abc import Generator
from contextlib import contextmanager

from activities.failures import failure
from galley.clients.replicate import ReplicateFailure
from galley.clients.storage import StoreError
from galley.clients.web import WebError
from galley.clients.whisper import WhisperError
from galley.costs.budget import OverBudgetError
from galley.media.errors import MediaError
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
    except (SourceError, WebError) as error:
        raise failure(error, kind="SourceError") from None
    except MediaError as error:
        raise failure(error, kind="MediaError") from None
    except (ReplicateFailure, WhisperError) as error:
        raise failure(error, kind="TranscriptionError") from None
    except OverBudgetError as error:
        raise failure(error, kind="OverBudget") from None
    except StoreError as error:
        raise failure(error, kind="StoreError") from None
