"""The examination of every service that the settings name, and a trial of Buffer with drafts.

``doctor`` prints the findings, and carries out the trial if it is asked to.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from activities.media.models import MediaModel, media_models
from activities.publishing.requests import unbroken
from app.accounts.workflows import buffer_client
from app.connections import Connections, Progress
from app.errors import AppError, InvalidRequestError, ServiceError
from app.health.buckets import media_bucket, state_bucket
from app.health.cluster import examine_cluster
from app.health.findings import Finding, Level, Look, Seen, find
from app.health.notifications import examine_channels
from app.health.team import examine_team
from galley.budget.prices import dollars, known_prices
from galley.clients.anthropic import CondenseClient, DraftClient
from galley.clients.buffer.client import resolve_organization
from galley.clients.buffer.trial.account import TrialAccount
from galley.clients.model_inputs import ModelInputError
from galley.clients.replicate import ReplicateClient
from galley.clients.setup_checks import media_hindrance, refuse_unsafe_set_up
from galley.clients.transcribers import LocalWhisper, chosen_engine, replicate_token
from galley.media.errors import MediaError
from galley.media.ffmpeg import command_head, find_ffmpeg, run_ffmpeg, version_and_lacks
from galley.models.channel import Channel, Delivery
from galley.models.media_orders import OrderKind
from galley.models.source import Engine
from galley.sandbox.pool import SandboxError
from galley.sandbox.trial import could
from galley.settings import Settings
from galley.sources.confined import LIMITS, SANDBOX

_FILM_WITHIN = 30.0
_LETTERS = {"Chinese": "持", "Japanese": "の", "Korean": "한", "Tamil": "த", "Amharic": "ሰ"}
_TIMEOUT = 20.0  # seconds that the model API is given to answer
_REPLICATE_LIVE: str = Settings.model_fields["replicate_base_url"].default
# Inputs that each kind of model is held to; nothing is ordered.
_SIZES = {OrderKind.IMAGE: (1080, 1350), OrderKind.VIDEO: (1080, 1920)}
_UNITS = {
    OrderKind.IMAGE: "a picture",
    OrderKind.VIDEO: "a video",
    OrderKind.SPEECH: "a minute of speech",
    OrderKind.AVATAR: "a video of somebody who speaks",
}
_ANY_URL = "https://example.com/file"
_MINUTE_OF_SPEECH = "word " * 180
_DRAFTS = "https://publish.buffer.com"


async def examine(connections: Connections) -> list[Finding]:
    """Examine Temporal, the workers, the outside services and the buckets, all at once."""
    looks = _looks(connections)
    async with connections.progress.waiting("asking every service that is set"):
        temporal, others = await asyncio.gather(
            _temporal(connections),
            asyncio.gather(*(find(part, look) for part, look in looks.items())),
        )
    return [*temporal, *others]


async def examine_part(connections: Connections, part: str) -> Finding:
    """Examine one outside service or bucket, by its name in the list of all."""
    return await find(part, _looks(connections)[part])


def _looks(connections: Connections) -> dict[str, Look]:
    return {
        "buffer": lambda: _buffer(connections.settings),
        "anthropic": lambda: _anthropic(connections.settings),
        "transcription": lambda: _transcription(connections.settings),
        "generated media": lambda: _generated_media(connections.settings),
        "cards": cards,
        "films": lambda: films(connections.settings),
        "state bucket": lambda: state_bucket(connections),
        "media bucket": lambda: media_bucket(connections),
        "media address": lambda: _media_address(connections.settings),
        "notifications": lambda: examine_channels(connections),
        "team": lambda: examine_team(connections),
        "sandbox": sandbox,
    }


async def _temporal(connections: Connections) -> list[Finding]:
    """Examine the cluster; a server that is away must not hide the other findings."""
    try:
        client = await connections.temporal()
    except AppError as error:
        return [Finding("temporal", Level.FAILED, str(error), error=error)]
    return await examine_cluster(client, connections.settings)


async def sandbox() -> Seen:
    """Look whether children that read strangers' files can do what they must not, here."""
    try:
        # The readers themselves take longer to import than all else of this look.
        with closing(SANDBOX.alike(could.__module__, refusal="builtins.ValueError")) as tried:
            told, _ = await tried.run(LIMITS, could)
    except SandboxError as error:
        why = f"A child of the sandbox does not end well here: {type(error).__name__}."
        return Seen(Level.FAILED, f"{why} No source can be read.")
    if done := cast("list[str]", json.loads(told)):
        return Seen(
            Level.WARNING,
            f"A child that reads strangers' files could {', '.join(done)}: the kernel lacks "
            "Landlock or seccomp. Run workers on Linux 5.13 or later, and not as your own user.",
        )
    return Seen(
        Level.OK,
        "Strangers' files are read without network, other files, variables, programs and "
        "processes, within limits of memory and processor.",
    )


async def films(settings: Settings) -> Seen:
    """Have ffmpeg make a film of half a second, as posts need it: one picture pushes another."""
    try:
        ffmpeg = find_ffmpeg(settings.ffmpeg)
    except MediaError as error:
        return Seen(Level.WARNING, f"{error} Until then, posts have no films.")
    colour = ("-f", "lavfi", "-i", "testsrc=s=64x64:r=30:d=0.4")
    silence = ("-f", "lavfi", "-i", "anullsrc")
    pushed = ("-filter_complex", "[0][1]xfade=transition=slideleft:duration=0.3:offset=0.1[film]")
    made = ("-map", "[film]", "-map", "2:a", "-t", "0.5", "-c:v", "libx264")
    ended = ("-pix_fmt", "yuv420p", "-c:a", "aac", "film.mp4")
    try:
        with TemporaryDirectory() as folder:
            head = command_head(ffmpeg, cpu_seconds=10)
            command = [*head, *colour, *colour, *silence, *pushed, *made, *ended]
            await run_ffmpeg(command, _FILM_WITHIN, Path(folder))
    except MediaError as error:
        why = str(error).partition(" Run ")[0]
        return Seen(
            Level.WARNING,
            f"{ffmpeg} makes no film: {why} Films need libx264 and aac: install another, and name "
            "it in GALLEY_FFMPEG.",
        )
    own, lacks = await version_and_lacks(ffmpeg)
    if lacks:
        return Seen(
            Level.WARNING,
            f"{ffmpeg} {own} makes films, but lacks {', '.join(lacks)}, which captions, "
            "loudness or HDR need: install another, and name it in GALLEY_FFMPEG.",
        )
    return Seen(
        Level.OK, f"{ffmpeg} {own} made a film of half a second, with libx264, aac and captions."
    )


async def cards() -> Seen:
    """Have typst draw a card, in a child of the sandbox, and name the scripts without a font."""
    # Loaded here: no other command needs what draws.
    from galley.media import confined
    from galley.media.card import CardSpec, Margin, draw_card
    from galley.media.card_words import CardText
    from galley.media.typefaces import is_installed

    text = CardText("A card", signature="Galley")
    spec = CardSpec(360, 360, Margin(32, 32, 32, 32), 1_000_000)
    try:
        with confined.reading(module=draw_card.__module__) as sandbox:
            data = await confined.confined_in(sandbox, confined.LIMITS, draw_card, spec, text)
    except MediaError as error:
        return Seen(Level.FAILED, f"typst {version('typst')} draws no card: {error}")
    missing = [name for name, letter in _LETTERS.items() if not is_installed(letter)]
    fonts = (
        f"No font for {' or '.join(missing)} is installed, so posts in them have no pictures: "
        "install fonts-noto-cjk and fonts-noto-core."
        if missing
        else "Fonts for all larger scripts are installed."
    )
    return Seen(Level.OK, f"typst {version('typst')} drew a card of {len(data):,} bytes. {fonts}")


async def _buffer(settings: Settings) -> Seen:
    client = buffer_client(settings)
    try:
        found = await resolve_organization(client, settings.buffer_organization)
    finally:
        await client.aclose()
    given = "the key" if settings.buffer_api_key else "the authorization of the app"
    return Seen(
        Level.OK,
        f"{settings.buffer_api_url} takes {given}; organization {found.name} ({found.id}).",
    )


async def _anthropic(settings: Settings) -> Seen:
    key = settings.anthropic_api_key
    secret = key.get_secret_value() if key else None
    address = settings.anthropic_base_url
    drafts = DraftClient(
        api_key=secret, base_url=address, model=settings.draft_model, timeout=_TIMEOUT
    )
    notes = CondenseClient(
        api_key=secret, base_url=address, model=settings.condense_model, timeout=_TIMEOUT
    )
    names = [await drafts.check(), await notes.check()]
    await drafts.aclose()
    await notes.aclose()
    return Seen(Level.OK, f"{address} offers {' and '.join(dict.fromkeys(names))}.")


async def _transcription(settings: Settings) -> Seen:
    chosen = chosen_engine(settings)
    if chosen is None:
        return Seen(Level.OK, "off: recordings are refused (docs/how-to-transcribe.md).")
    if chosen.engine is Engine.LOCAL:
        await LocalWhisper(settings.whisper_model or "").check()
        return Seen(Level.OK, f"this machine, by {chosen.model.partition(':')[2]}.")
    token = replicate_token(settings) or "none"
    client = ReplicateClient(token, settings.replicate_base_url, chosen.model)
    try:
        name = await client.check()
    finally:
        await client.aclose()
    return Seen(Level.OK, f"{settings.replicate_base_url} offers {name}.")


async def _media_address(settings: Settings) -> Seen:
    refuse_unsafe_set_up(settings)
    if why := media_hindrance(settings):
        return Seen(Level.WARNING, f"{why} Until then, only posts without media go out.")
    return Seen(Level.OK, "Buffer and the media can reach each other.")


# Models that generate media


async def _generated_media(settings: Settings) -> Seen:
    """Ask each model for its schema, and hold a trial order to it.

    Raises:
        ReplicateFailure: The token or the name of a model is wrong.
    """
    address = settings.replicate_base_url
    if not replicate_token(settings) and address == _REPLICATE_LIVE:
        return Seen(
            Level.OK,
            "off: set REPLICATE_API_TOKEN for generated pictures and videos, and for narration.",
        )
    seen, wrong = list[str](), list[str]()
    for kind, model in media_models(settings, known_prices()).items():
        try:
            name = await model.client.check()
            inputs = await _trial_inputs(kind, model)
        except ModelInputError as error:
            wrong.append(f"{model.name}: {error}")
            continue
        finally:
            await model.client.aclose()
        most = model.most(inputs)
        seen.append(f"{name} (at most {dollars(most)} {_UNITS[kind]})")
        if most is None and settings.ceilings.are_set:
            wrong.append(
                f"The price of {name} is not known, so Galley orders nothing from it while "
                f"there are ceilings: set {model.price_setting}."
            )
    if wrong:
        return Seen(Level.FAILED, " ".join(wrong))
    return Seen(Level.OK, f"{address} offers {', '.join(seen)}.")


async def _trial_inputs(kind: OrderKind, model: MediaModel) -> dict[str, object]:
    if kind is OrderKind.SPEECH:
        return await model.speech(_MINUTE_OF_SPEECH)
    if kind is OrderKind.AVATAR:
        return (await model.avatar(_ANY_URL, _ANY_URL))[0]
    return await model.inputs("A look.", _SIZES[kind], "doctor")


# A trial of Buffer


@asynccontextmanager
async def open_trial(connections: Connections, channel: str | None) -> AsyncGenerator[TrialAccount]:
    """Open a trial on one channel; nothing is written yet.

    Args:
        connections: Only the settings are used.
        channel: By ID, name or network; missing: the only one there is.

    Raises:
        InvalidRequestError: No channel, or several, are meant.
        ServiceError: The channel takes no posts.
    """
    settings = connections.settings
    client = buffer_client(settings)
    try:
        organization = await resolve_organization(client, settings.buffer_organization)
        directory = (await client.channels(organization.id)).value
        chosen = _chosen(directory.channels, channel)
        why = chosen.unusable_because(Delivery(save_to_draft=True))
        if why is not None:
            raise ServiceError(f"{chosen.name} {why}.")
        yield TrialAccount(client, organization.id, chosen)
    finally:
        await client.aclose()


def _chosen(channels: tuple[Channel, ...], wanted: str | None) -> Channel:
    named = (wanted or "").casefold()
    found = [
        one
        for one in channels
        if wanted is None or one.id == wanted or named in {one.name.casefold(), one.platform.value}
    ]
    if len(found) == 1:
        return found[0]
    choices = ", ".join(f"{one.name} ({one.platform}, {one.id})" for one in channels)
    problem = "Say which channel may get drafts" if found else "No such channel"
    raise InvalidRequestError(f"{problem}, by its ID: {choices or 'there is none'}.")


@asynccontextmanager
async def deleting_drafts(trial: TrialAccount, progress: Progress) -> AsyncGenerator[None]:
    """Delete the drafts of the trial at the end; a cancellation waits for that.

    Raises:
        AppError: Some could not be deleted; a note names them.
    """
    try:
        yield
    finally:
        left = await unbroken(asyncio.create_task(trial.clean()))
        if left:
            progress.note(
                f"Delete these drafts by hand at {_DRAFTS}, their text begins "
                f"with “Draft”: {', '.join(left)}."
            )
    if left:
        raise AppError("Not all drafts could be deleted.")
