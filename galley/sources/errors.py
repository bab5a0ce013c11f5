"""The one error of the readers."""


class SourceError(Exception):
    """This source cannot be used; the message is one sentence that says what to do.

    It never quotes the source.
    """
