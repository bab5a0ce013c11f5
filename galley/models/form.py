"""In which form a campaign says what it says."""

from enum import StrEnum


class Form(StrEnum):
    """What a draft is."""

    POST = "post"
    THREAD = "thread"
    """A long post that becomes a thread, where the network has any."""
    QUESTION = "question"
    """A question with numbered answers, in the text: readers answer in a comment."""
    CAROUSEL = "carousel"
    """Slides: pictures to swipe through, or numbered paragraphs in the text."""
