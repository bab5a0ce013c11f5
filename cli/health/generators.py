"""Look at the models that generate media, for ``doctor``."""

from activities.generation.media_models import MediaModel, media_models
from cli.terminal.findings import Health
from galley.clients.model_inputs import ModelInputError
from galley.clients.transcribers import replicate_token
from galley.costs.prices import dollars, known_prices
from galley.models import OrderKind
from galley.settings import Settings, ceilings_of

_LIVE: str = Settings.model_fields["replicate_base_url"].default
_SIZES = {OrderKind.IMAGE: (1080, 1350), OrderKind.VIDEO: (1080, 1920)}
_EACH = {
    OrderKind.IMAGE: "a picture",
    OrderKind.VIDEO: "a video",
    OrderKind.SPEECH: "a minute of speech",
    OrderKind.AVATAR: "a video of somebody who speaks",
}
_SOMEWHERE = "https://example.com/file"
_MINUTE = "word " * 180
"""As many characters as are said in one."""


async def generated_media(settings: Settings) -> tuple[Health, str]:
    """Return what each model costs, or what is off.

    All are asked for their schema, and what would be ordered is held to it.

    Raises:
        ReplicateFailure: The token or a model's name is not good.
    """
    address = settings.replicate_base_url
    if not replicate_token(settings) and address == _LIVE:
        return Health.OK, (
            "off: set REPLICATE_API_TOKEN for --media image and video, and --narrate."
        )
    seen, wrong = list[str](), list[str]()
    for kind, model in media_models(settings, known_prices()).items():
        try:
            name = await model.client.check()
            inputs = await _inputs(kind, model)
        except ModelInputError as error:
            wrong.append(f"{model.name}: {error}")
            continue
        finally:
            await model.client.aclose()
        most = model.most(inputs)
        seen.append(f"{name} (at most {dollars(most)} {_EACH[kind]})")
        if most is None and ceilings_of(settings).are_set:
            wrong.append(_without_price(name, model))
    if wrong:
        return Health.FAILED, " ".join(wrong)
    return Health.OK, f"{address} offers {', '.join(seen)}."


async def _inputs(kind: OrderKind, model: MediaModel) -> dict[str, object]:
    if kind is OrderKind.SPEECH:
        return await model.speech(_MINUTE)
    if kind is OrderKind.AVATAR:
        return (await model.avatar(_SOMEWHERE, _SOMEWHERE))[0]
    return await model.inputs("A look.", _SIZES[kind], "doctor")


def _without_price(name: str, model: MediaModel) -> str:
    return (
        f"The price of {name} is not known, so it is not asked while there are "
        f"ceilings: set {model.price_setting}."
    )
