"""What file and flags of ``start`` say of how posts go out and what they carry."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from app.campaigns.start import check_options, difference, digest
from app.errors import InvalidOptionError, InvalidRequestError, OtherOptionsError
from cli.errors import CommandError, ExitCode, explain, flag_of
from cli.input.campaigns import CampaignWords, campaign_options, posting_options
from galley.models.base import Model
from galley.models.campaign import CampaignInput
from galley.models.channel import Delivery, SchedulingType, ShareMode
from galley.models.media import MediaMaker
from galley.models.network import InstagramExtras, NetworkExtras, Platform, YouTubeExtras
from galley.models.options import Approval, CampaignOptions, PostingOptions
from galley.models.schedule import QuietHours
from galley.models.source import SourceKind, SourceSpec
from tests.asking import asking
from tests.pages import sub_commands

EXAMPLE = Path(__file__).parents[2] / "examples" / "posting.yaml"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def refusal(said: CampaignWords) -> str:
    with pytest.raises((CommandError, InvalidRequestError)) as caught:
        posting_options(said)
    shown = explain(caught.value)
    assert shown is not None
    assert shown.code is ExitCode.USAGE
    assert "\n" not in str(shown)
    return str(caught.value)


def written(folder: Path, text: str) -> Path:
    file = folder / "posting.yaml"
    file.write_text(text)
    return file


def told(folder: Path, text: str) -> str:
    """Return what is said of a file, without its folder."""
    file = written(folder, text)
    return refusal(words(options=file)).replace(f"{folder}/", "")


def words(**said: object) -> CampaignWords:
    return CampaignWords(source="a.md", **said)  # pyright: ignore[reportArgumentType] -- any of its fields


def started(**said: object) -> CampaignInput:
    spec = SourceSpec(kind=SourceKind.MARKDOWN, name="a.md", upload="ab")
    options = campaign_options(words(**said), NOW)
    return CampaignInput(key="ab", source=spec, options=options)


def unfit(**said: object) -> str:
    """Return what is said of options that do not go together."""
    with pytest.raises(InvalidOptionError) as caught:
        check_options(started(**said).options)
    return str(explain(caught.value))


def options_in(model: type[Model]) -> Iterator[str]:
    """Yield the names of all options, each as a difference names it."""
    for name, field in model.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, Model):
            yield from (f"{name}.{inner}" for inner in options_in(group))
        else:
            yield name


# The file


def test_the_example_is_read_whole() -> None:
    found = posting_options(words(options=EXAMPLE))

    assert found.threads
    assert {extras.platform for extras in found.networks.given} >= {
        Platform.INSTAGRAM,
        Platform.YOUTUBE,
        Platform.GOOGLEBUSINESS,
    }


def test_an_empty_file_is_what_is_usual(tmp_path: Path) -> None:
    file = written(tmp_path, "# Nothing yet.\n")

    assert posting_options(words(options=file)) == PostingOptions()


def test_json_is_read_as_well(tmp_path: Path) -> None:
    file = written(tmp_path, '{"networks": {"youtube": {"category": "10"}}}')

    found = posting_options(words(options=file))

    assert found.networks.given == (YouTubeExtras(category="10"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "threads: true\nthread: 3\n",
            (
                "line 2: thread: there is no such field; there are "
                "delivery, threads, numbered, link_cards, networks."
            ),
        ),
        (
            "delivery:\n  mode: sometime\n",
            (
                "line 2: delivery.mode: choose 'customScheduled', "
                "'addToQueue', 'shareNext' or 'shareNow'."
            ),
        ),
        (
            "networks:\n  youtube:\n    privacy: secret\n",
            ("line 3: networks.youtube.privacy: choose 'public', 'unlisted' or 'private'."),
        ),
        (
            "networks:\n  youtube:\n    first_comment: Hi\n",
            (
                "line 3: networks.youtube.first_comment: there is no such "
                "field; there are category, privacy, license, made_for_kids, "
                "notify_subscribers, embeddable, is_ai_generated."
            ),
        ),
        (
            "networks:\n  myspace: {}\n",
            (
                "line 2: networks.myspace: there is no such field; there "
                "are instagram, facebook, tiktok, linkedin, x, youtube, threads, "
                "pinterest, googlebusiness, bluesky, mastodon."
            ),
        ),
        (
            "networks:\n  instagram:\n    user_tags:\n    - {handle: a, x: 2, y: 0}\n",
            ("line 4: networks.instagram.user_tags.0.x: Input should be less than or equal to 1."),
        ),
        ("threads: perhaps\n", "line 1: threads: this must be true or false."),
        (
            "networks:\n  googlebusiness:\n    starts_at: 2026-12-01 18:00\n",
            (
                "line 3: networks.googlebusiness.starts_at: this must be a "
                "time with its zone, such as 2026-12-01T18:00:00+01:00."
            ),
        ),
        (
            "networks:\n  x: yes\n",
            (
                "line 2: networks.x: write each of its fields on a line with its "
                "value: is_ai_generated."
            ),
        ),
        (
            "- threads\n",
            (
                "line 1: write each of its fields on a line with its value: "
                "delivery, threads, numbered, link_cards, networks."
            ),
        ),
        (
            "networks:\n  bluesky:\n    link_card: https://a.example\n",
            (
                "line 3: networks.bluesky.link_card: write each of its fields on a "
                "line with its value: url, title, description, thumbnail_url."
            ),
        ),
        (
            "delivery:\n  save_to_draft: true\n  needs_approval: true\n",
            ("line 1: delivery: a post is a draft or waits for approval, not both."),
        ),
        ("threads: true\nnumbered: true\nthreads: false\n", "line 3: threads stands there twice."),
        (
            "networks: {youtube: {category: 3}}\n",
            (
                "networks.youtube: YouTube has no category '3': choose one "
                "of 1, 2, 10, 15, 17, 19, 20, 22, 23, 24, 25, 26, 27, 28, 29."
            ),
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_is_allowed(
    tmp_path: Path, text: str, message: str
) -> None:
    assert told(tmp_path, text).removeprefix("posting.yaml")[2:] == message


@pytest.mark.parametrize(
    "text", ["threads: [", "a: b: c", "\tthreads: true", "&a [*a", "? [1]\n: 2", "\x00"]
)
def test_what_is_no_yaml_is_said_in_a_sentence(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text).startswith("posting.yaml")


def test_a_file_that_is_not_there_or_not_text_is_said(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\xff")

    assert "No such file" in refusal(words(options=tmp_path / "no.yaml"))
    assert "is not UTF-8 text" in refusal(words(options=picture))
    assert "cannot be read" in refusal(words(options=tmp_path))


# The flags


def test_a_flag_counts_more_than_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "delivery: {mode: shareNow}\nthreads: false\n")

    found = posting_options(words(options=file, mode="sharenext", reminder=True, threads=True))

    assert found.delivery == Delivery(
        mode=ShareMode.SHARE_NEXT, scheduling_type=SchedulingType.NOTIFICATION
    )
    assert found.threads


def test_numbers_are_for_threads() -> None:
    assert posting_options(words(numbered=True)).threads


def test_an_unknown_mode_lists_the_known_ones() -> None:
    assert refusal(words(mode="later")) == (
        "--mode is one of customScheduled, addToQueue, shareNext, shareNow, not 'later'."
    )


def test_a_draft_cannot_wait_for_an_approval_too() -> None:
    assert refusal(words(draft=True, needs_approval=True)) == (
        "A post is a draft or waits for approval, not both: leave one of them away."
    )


@pytest.mark.parametrize("mode", ["addToQueue", "shareNext", "shareNow"])
def test_times_cannot_be_kept_where_buffer_decides(mode: str) -> None:
    typed = {"start_at": "in 2h", "every": "1h", "quiet": "22:00-7:00", "gap": "1h"}
    for flag, value in (typed | {"slots": True}).items():
        said = f"--{flag.replace('_', '-')} away"

        assert said in unfit(mode=mode, **{flag: value})


def test_a_draft_in_buffer_has_no_time() -> None:
    assert unfit(draft=True, start_at="in 2h", every="1h") == (
        "A draft in Buffer has no time; a person schedules it there: leave --start-at "
        "and --every away, or choose another mode."
    )


def test_the_campaign_is_told_what_file_and_flags_say(tmp_path: Path) -> None:
    text = "link_cards: false\nnetworks: {instagram: {first_comment: Hello}}\n"
    file = written(tmp_path, text)

    start = started(options=file, mode="shareNow", numbered=True)

    assert start.options.posting == PostingOptions(
        delivery=Delivery(mode=ShareMode.SHARE_NOW),
        threads=True,
        numbered=True,
        link_cards=False,
        networks=NetworkExtras(instagram=InstagramExtras(first_comment="Hello")),
    )


def test_a_second_start_with_other_options_names_them() -> None:
    plain = started()
    other = asking(
        plain,
        approval=Approval.AUTO,
        delivery=Delivery(mode=ShareMode.SHARE_NOW, needs_approval=True),
        link_cards=False,
        maker=MediaMaker.IMAGE,
        networks=NetworkExtras(instagram=InstagramExtras(first_comment="Hello")),
        platforms=(Platform.X,),
        quiet=QuietHours(start=time(22), end=time(7)),
        threads=True,
    )

    assert difference(plain, plain) == []
    assert digest(plain) != digest(other)
    names = tuple(difference(plain, other))
    told = explain(OtherOptionsError("the campaign c, started", names, 2, "to do so"))
    assert str(told) == (
        "This source already has the campaign c, started with other values for "
        "--platform, --media, --mode, --needs-approval, --threads, --options, --quiet, "
        "--approve: add --edition 2 to do so."
    )


def test_the_wall_clock_of_a_start_is_no_difference() -> None:
    """The same instant may be typed with an offset."""
    local = started(start_at="2026-12-24T18:00", timezone="Europe/Berlin")
    exact = started(start_at="2026-12-24T18:00+01:00", timezone="Europe/Berlin")

    assert local.options.timing.start_wall != exact.options.timing.start_wall
    assert digest(local) == digest(exact)
    assert difference(local, exact) == []


def test_each_option_has_a_flag_of_start() -> None:
    """What differs between two starts is told by the name that a person typed."""
    flags = {flag for one in sub_commands()["start"].params for flag in one.opts}
    # No flag says how long a review waits, that a team is set, or that an agent began it;
    # --start-at says a wall clock.
    not_asked = {
        *("--expires-after", "--remind-before", "--start-wall"),
        *("--is-signed", "--started-by-agent"),
    }

    missing = {flag_of(name) for name in options_in(CampaignOptions)} - flags

    assert missing == not_asked
