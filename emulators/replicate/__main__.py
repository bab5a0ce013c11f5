"""Run the emulator: ``python -m emulators.replicate --port 9810``."""

from emulators.replicate.app import create_app
from emulators.replicate.outputs import Transcriber
from emulators.serving import parser_for, serve


def main() -> None:
    """Serve until interrupted."""
    parser = parser_for(
        "replicate",
        9810,
        "Replicate's predictions API. It transcribes with a local Whisper "
        "model, or answers with a transcript sent to /_emulator/transcripts; it invents "
        "nothing. Any token works but none that starts with 'bad'.",
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=1,
        help="how many times faster the emulator's time runs: outputs expire an hour "
        "after they are made",
    )
    parser.add_argument("--whisper", help="folder of a CTranslate2 Whisper model")
    given = parser.parse_args()
    app = create_app(Transcriber(given.whisper), given.speed)
    serve("Replicate", app, given)


if __name__ == "__main__":
    main()
