"""Fields of forms and addresses, which anybody may have written, as typed values."""

import re
from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import FormData

from app.errors import AppError, InvalidRequestError
from galley.networks.rules import unify_newlines


def text_of(form: FormData, name: str) -> str:
    """Return a field of a form as a browser means it; files are none."""
    found = form.get(name)
    return unify_newlines(found).strip() if isinstance(found, str) else ""


def number_of(form: FormData, name: str) -> int:
    """Return a field of a form as a number; 0 if it is none."""
    return number(text_of(form, name))


_MOST_DIGITS = 9


def number(text: str) -> int:
    """Return a field or a parameter as a number; 0 if it is none."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0


_PERCENT = re.compile(r"\d{1,3}(\.\d{1,3})?")


def percent(text: str) -> float:
    """Return a field as a number with a few decimals; 0 if it is none."""
    return float(text) if _PERCENT.fullmatch(text) else 0.0


Known = TypeVar("Known", bound=StrEnum)


_OWN_ADDRESS = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def own_address(given: str, usual: str) -> str:
    """Return the page of ours that a form names; if it names none, or another server, the usual."""
    return given if _OWN_ADDRESS.fullmatch(given) else usual


def known(kind: type[Known], given: str, error: type[AppError] = InvalidRequestError) -> Known:
    """Return a value of a form or an address as one of its kind.

    Raises:
        AppError: There is no such value; of the class ``error``.
    """
    try:
        return kind(given)
    except ValueError:
        raise error("This address or form asks for something that does not exist.") from None
