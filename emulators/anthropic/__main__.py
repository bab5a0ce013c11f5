"""Run the emulator: ``python -m emulators.anthropic --port 9800``."""

from emulators.anthropic.app import create_app
from emulators.serving import parser_for, serve


def main() -> None:
    """Serve until interrupted."""
    parser = parser_for(
        "anthropic",
        9800,
        "Anthropic's Messages API, answered by an extractive drafter. "
        "Any key works but none that starts with 'bad'.",
    )
    given = parser.parse_args()
    serve("Anthropic", create_app(), given)


if __name__ == "__main__":
    main()
