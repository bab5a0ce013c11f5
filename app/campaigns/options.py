"""What the options of a campaign must be, beside what each of them may be alone."""

from collections.abc import Iterator

from app.errors import InvalidOptionError
from galley.models.channel import Channel, Delivery
from galley.models.draft import Draft
from galley.models.media import MediaMaker
from galley.models.network import NetworkExtras, Platform
from galley.models.options import CampaignOptions, Form, MediaOptions
from galley.models.schedule import Timing
from galley.networks.checks import extras_problems
from galley.networks.registry import rules_for
from workflows.post.media import BUILT


def check_options(options: CampaignOptions) -> None:
    """Refuse options that exclude each other, or that no network could take.

    Raises:
        InvalidOptionError: The first one that cannot be.
    """
    posting = options.posting
    _check_media(options.media, options.form)
    _check_times(options.timing, posting.delivery)
    for platform, message in misfits(posting.networks):
        raise InvalidOptionError(f"{{posting.networks.{platform}}}: {message}")


def _check_media(media: MediaOptions, form: Form) -> None:
    maker = media.maker
    if maker not in BUILT:
        known = ", ".join(one for one in MediaMaker if one in BUILT)
        raise InvalidOptionError(
            f"{{media.maker}} {maker} is not in this version: choose one of {known}."
        )
    if form is Form.CAROUSEL and maker is not MediaMaker.CARD:
        raise InvalidOptionError("The slides of a carousel are drawn: leave {media.maker} away.")
    if media.card and maker is not MediaMaker.CARD:
        raise InvalidOptionError(
            f"{{media.card}} draws a card and {{media.maker}} {maker} none: leave one away."
        )
    if media.card and form is Form.CAROUSEL:
        raise InvalidOptionError("The slides of a carousel are drawn: leave {media.card} away.")
    if media.narrate and maker is not MediaMaker.SHORT:
        raise InvalidOptionError(
            "{media.narrate} reads a film of words aloud: add {media.maker} short."
        )


def _check_times(timing: Timing, delivery: Delivery) -> None:
    """Refuse times where Buffer, or a person, decides when a post goes out."""
    given = [
        f"{{timing.{name}}}"
        for name in ("start_at", "every", "quiet", "gap", "slots")
        if getattr(timing, name)
    ]
    if delivery.has_due_time or not given:
        return
    mode = f"{{posting.delivery.mode}} {delivery.mode}"
    why = f"With {mode} Buffer decides when a post goes out"
    if delivery.save_to_draft:
        why = "A draft in Buffer has no time; a person schedules it there"
    raise InvalidOptionError(f"{why}: leave {' and '.join(given)} away, or choose another mode.")


def misfits(networks: NetworkExtras) -> Iterator[tuple[Platform, str]]:
    """Yield what no text could mend of the extras of each network, in a sentence.

    It is said now, and not at every draft.
    """
    for extras in networks.given:
        rules = rules_for(extras.platform)
        channel = Channel(id="", name=rules.name, platform=extras.platform)
        # The link of the source is not known yet; a button may lead to it.
        plain = Draft(text="-", link="https://example.com", extras=extras)
        drawn = [rules.required_media] if rules.required_media else []
        for problem in extras_problems(plain, channel, drawn):
            yield extras.platform, problem.message
