"""Errors of the media room: what cannot be made, is broken, too large or too slow."""


class MediaError(Exception):
    """The picture or video cannot be made, or is not what it should be.

    ``retryable``: a later try may succeed.
    """

    retryable = False


class MediaTimeoutError(MediaError):
    """It took too long, on a busy machine perhaps: worth another try."""

    retryable = True


class MediaMemoryError(MediaError):
    """It needs more memory than a film may have."""


class MisfitError(MediaError):
    """The figure has no room on the picture: draw a smaller one."""
