"""Run the emulator: ``python -m emulators.anthropic --port 9800``."""

from emulators.anthropic.app import create_app
from emulators.anthropic.recorded import load
from emulators.serving import parser_for, serve


def main() -> None:
    """Serve until interrupted."""
    parser = parser_for(
        "anthropic",
        9800,
        "Anthropic's Messages API, answered by an extractive drafter. "
        "Any key works but none that starts with 'bad'.",
    )
    parser.add_argument(
        "--recorded",
        action="store_true",
        help="answer requests about the article of `galley demo` with drafts that a model wrote",
    )
    given = parser.parse_args()
    serve("Anthropic", create_app(load() if given.recorded else None), given)


if __name__ == "__main__":
    main()
