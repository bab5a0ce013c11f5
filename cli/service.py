"""``channels`` and ``doctor``."""

from cli.options import Json


def channels(*, json: Json = False) -> None:
    """List the channels connected in Buffer, and what each of them lacks.

    Example: uv run starter.py channels
    """
    from cli.directory import list_channels

    list_channels(json=json)


def doctor(*, json: Json = False) -> None:
    """Check Temporal, the worker, Buffer, Anthropic and the buckets.

    Says of each what is off and what to do. Example: uv run starter.py doctor
    """
    from cli.examination import examine_and_print

    examine_and_print(json=json)
