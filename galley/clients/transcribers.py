"""Which of the transcribers the settings name."""

from dataclasses import dataclass
from pathlib import PurePath

from galley.clients import whisper
from galley.models import Engine
from galley.settings import Settings


@dataclass(frozen=True)
class Chosen:
    """Who transcribes; ``model`` names the transcripts it has made."""

    engine: Engine
    model: str


def chosen_engine(settings: Settings) -> Chosen | None:
    """Return who transcribes, or ``None`` if nobody does."""
    if settings.transcribe == "off":
        return None
    if settings.transcribe == "local" or (
        settings.transcribe == "auto"
        and settings.whisper_model
        and whisper.is_installed()
    ):
        return Chosen(Engine.LOCAL, _short(settings.whisper_model or ""))
    if settings.transcribe == "replicate" or replicate_token(settings):
        return Chosen(Engine.REPLICATE, settings.replicate_model)
    return None


def replicate_token(settings: Settings) -> str:
    """Return the token, or nothing if there is none."""
    token = settings.replicate_api_token
    return token.get_secret_value().strip() if token else ""


def _short(model: str) -> str:
    """Return a model's name without the folders that differ between machines."""
    return "local:" + "/".join(PurePath(model).parts[-2:])
