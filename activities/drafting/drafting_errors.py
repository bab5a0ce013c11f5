"""What can go wrong while Claude is asked, as errors that Temporal knows."""

from collections.abc import Generator
from contextlib import contextmanager

from temporalio import activity

from activities.drafting.conversation import DraftRefusedError, UnusableAnswerError
from activities.failures import failure
from galley.clients.anthropic_errors import DraftApiError, LaterDraftError
from galley.clients.storage import StoreError
from galley.costs.budget import OverBudgetError

_SETTING = "GALLEY_DRAFT_MODEL"


@contextmanager
def translated(what: str, setting: str = _SETTING) -> Generator[None]:
    """Translate every error of the block, once.

    Args:
        what: What was asked for, for the worker's log.
        setting: The one that names the model which is asked.

    Raises:
        ApplicationError: ``OverBudget`` and ``DraftRefused``, final;
            ``DraftingError``, final for a bad key, a spend limit or an answer that
            cannot be used, else retryable after the delay Anthropic asked for;
            ``StoreError``, final unless the store could not be reached.
    """
    try:
        yield
    except OverBudgetError as error:
        raise failure(error, kind="OverBudget", said=_about(error, setting)) from None
    except DraftRefusedError as error:
        raise failure(error, kind="DraftRefused") from None
    except LaterDraftError as error:
        raise failure(error, kind="DraftingError") from None
    except (DraftApiError, UnusableAnswerError) as error:
        # Anthropic's own words help an operator; they have no place in a history.
        activity.logger.warning("no %s: %s", what, error.__cause__ or error)
        raise failure(
            error, kind="DraftingError", said=_about(error, setting)
        ) from None
    except StoreError as error:
        raise failure(error, kind="StoreError") from None


def _about(error: Exception, setting: str) -> str:
    return str(error).replace(_SETTING, setting)
