"""Whether a call should have found the source in the model's cache, and did not."""

from galley.costs.prices import Price
from galley.models import TokenUse

READ_IN_FULL = (
    "The source was not in the model's cache, so this draft paid its full price: the "
    "campaign's first draft failed or took longer than two minutes, or the model was "
    "changed meanwhile."
)


def is_read_in_full(price: Price | None, use: TokenUse, share: float) -> bool:
    """Return whether a prefix that is long enough to be cached was not read from there.

    Args:
        price: The model's; without it its minimum is not known, and nobody is alarmed.
        use: What the call was billed.
        share: Of the input, how much stands before the mark, from 0 to 1.
    """
    if price is None or use.cached_tokens:
        return False
    return use.input_tokens * share >= price.cache_minimum
