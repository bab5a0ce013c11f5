"""Prices of models, and the cost of a call by them.

The budget and drafting activities call it; the prices are in ``prices.toml``, with their date.
"""

import tomllib
from datetime import date
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from importlib.resources import files
from unicodedata import east_asian_width

from pydantic import Field

from galley.models.base import Model
from galley.models.budget import TokenUse

_MILLION = 1_000_000


class Price(Model):
    """US dollars for a million tokens."""

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    cache_write: Decimal = Field(ge=0)
    cache_read: Decimal = Field(ge=0)
    long_input: int | None = Field(
        default=None, description="Input tokens above which it costs more."
    )
    long_factor: Decimal = Decimal(1)
    cache_minimum: int = Field(default=1024, description="Tokens below which nothing is cached.")

    def micros(self, use: TokenUse) -> int:
        """Return the cost of a call, in millionths of a dollar, rounded up."""
        fresh = use.input_tokens - use.cached_tokens - use.cache_written_tokens
        dollars = (
            max(0, fresh) * self.input
            + use.cached_tokens * self.cache_read
            + use.cache_written_tokens * self.cache_write
            + use.output_tokens * self.output
        )
        return _ceiling(dollars * self._factor(use.input_tokens))

    def most_micros(self, input_tokens: int, output_tokens: int) -> int:
        """Return the most that a call of this size can cost.

        All of its input may have to be written to the cache.
        """
        dearest = max(self.input, self.cache_write)
        dollars = input_tokens * dearest + output_tokens * self.output
        return _ceiling(dollars * self._factor(input_tokens))

    def affordable_output(self, micros: int, input_tokens: int) -> int:
        """Return the most output tokens of a call that costs at most ``micros``."""
        left = micros - self.most_micros(input_tokens, 0)
        price = self.output * self._factor(input_tokens)
        if left < 0:
            return 0
        # Output without a price has no limit by cost.
        return int(Decimal(left) / price) if price else _MILLION

    def _factor(self, input_tokens: int) -> Decimal:
        is_long = self.long_input is not None and input_tokens > self.long_input
        return self.long_factor if is_long else Decimal(1)


class RunPrice(Model):
    """The price of generated media on Replicate: by the picture, second or letter.

    It is that of the model's dearest setting, so that the money set aside suffices.
    """

    picture: Decimal | None = Field(default=None, ge=0)
    second: Decimal | None = Field(default=None, ge=0)
    characters: Decimal | None = Field(
        default=None, ge=0, description="A thousand that are read aloud."
    )
    source: str = Field(description="Where it was read.")
    as_of: date

    def micros(self, seconds: float | None, text: str = "") -> int | None:
        """Return the cost of one picture, of so many seconds of video, or of a text's speech.

        Wide letters, such as Chinese ones, count twice.
        """
        if self.picture is not None:
            return _ceiling(self.picture * _MILLION)
        if self.characters is not None:
            # Providers count tokens, about one a letter; two for a wide one are on the safe side.
            count = sum(2 if east_asian_width(one) in "WF" else 1 for one in text)
            return _ceiling(self.characters * count * 1000)
        if self.second is None or seconds is None:
            return None
        return seconds_micros(self.second, seconds)


class Prices(Model):
    """All known prices by model ID, and the day on which they were read."""

    as_of: date
    models: dict[str, Price]
    seconds: dict[str, Decimal] = Field(
        default={}, description="US dollars for a second that a model runs."
    )
    runs: dict[str, RunPrice] = Field(
        default={}, description="Of models that generate pictures, videos or speech."
    )

    def of(self, model: str) -> Price | None:
        """Return a model's price; a dated id such as ``…-20260101`` is its model's."""
        known = self.models.get(model)
        if known is not None:
            return known
        name, _, day = model.rpartition("-")
        is_dated = len(day) == len("20260101") and day.isdigit()
        return self.models.get(name) if is_dated else None


def seconds_micros(dollars_a_second: Decimal, seconds: float) -> int:
    """Return the cost of so many seconds, in millionths of a dollar, rounded up."""
    # By its text: the Decimal of a float has all its binary digits.
    return _ceiling(dollars_a_second * Decimal(str(seconds)) * _MILLION)


@lru_cache(maxsize=1)
def known_prices() -> Prices:
    """Return the prices that come with Galley."""
    file = files("galley.budget").joinpath("prices.toml")
    return Prices.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))


def dollars(micros: int | None) -> str:
    """Return an amount for people; an unknown cost is not zero."""
    if micros is None:
        return "unknown"
    amount = Decimal(micros) / _MILLION
    if 0 < amount < Decimal("0.0001"):
        return "less than $0.0001"
    if 0 < amount < Decimal("0.01"):
        return f"${amount:.4f}"
    return f"${amount:.2f}"


def _ceiling(dollars_by_million: Decimal) -> int:
    return int(dollars_by_million.to_integral_value(ROUND_CEILING))
