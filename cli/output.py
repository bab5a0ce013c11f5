"""What a command writes: results on stdout, everything else on stderr."""

import json
import sys
from typing import Any


def say(message: str) -> None:
    """Tell the person something that is not the result."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def show(message: str = "") -> None:
    """Write a line of the result."""
    sys.stdout.write(f"{message}\n")


def show_json(value: Any) -> None:  # noqa: ANN401 -- any JSON value
    """Write the result as one JSON value."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
