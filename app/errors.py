"""The errors that the application layer raises; a face maps each class once.

The text of each is one sentence for a person, and says what to do next.
"""


class AppError(Exception):
    """A request could not be carried out."""


class InvalidRequestError(AppError):
    """The request itself is wrong: a value that is none, or two that exclude."""


class NotFoundError(AppError):
    """Nothing, or more than one thing, has the name that was given."""


class ConflictError(AppError):
    """What was asked for does not fit the state that the thing is in."""


class ServiceError(AppError):
    """An outside service refused the request, or does not answer."""


class NotAuthorizedError(AppError):
    """An outside service does not accept the credentials in the settings."""
