"""Files that a person attaches: looked at before anything is made, and put into staging."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pytest
from PIL import Image
from temporalio.client import Client

from app.campaigns.attachments import GivenFile, attach, look_at, pictures_in
from app.connections import Connections
from app.errors import InvalidRequestError
from app.review.edits import MediaRequest
from cli.errors import CommandError
from cli.input.attachments import media_request
from cli.input.campaigns import CampaignWords, given_files, unused_pictures
from galley.models.media import Attachment, MediaKind
from galley.models.network import Platform
from galley.models.options import MediaOptions
from galley.settings import Settings
from tests.memory_store import MemoryStore

ROOT = Path(__file__).parents[2]
ARTICLE = "Words.\n\n![A red square](pictures/red.png)\n![Gone](gone.png) ![Away](../away.png)\n"


class Store(MemoryStore):
    """Shows what it holds."""

    @property
    def held(self) -> dict[str, bytes]:
        return self._objects


class Opened(Connections):
    """Connections whose state bucket is in memory."""

    def __init__(self) -> None:
        super().__init__(Settings(), _nobody)

    @cached_property
    def state(self) -> Store:
        """The private bucket."""
        return Store()


async def _nobody() -> Client:
    raise AssertionError("nothing here asks Temporal")


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    (folder / "pictures").mkdir(parents=True)
    picture = Image.new("RGB", (1200, 800), "red")
    picture.save(folder / "pictures" / "red.png")
    picture.save(tmp_path / "away.png")
    (folder / "article.md").write_text(ARTICLE)
    (folder / "notes.jpg").write_text("This is no picture.")
    return folder


async def test_a_file_is_staged_with_its_measures_network_and_alt_text(folder: Path) -> None:
    opened, red = Opened(), folder / "pictures" / "red.png"

    (found,) = await attach(opened, [GivenFile(red, Platform.X, "A red square")])

    asset = found.asset
    assert (asset.kind, asset.width, asset.height) == (MediaKind.IMAGE, 1200, 800)
    assert (found.platform, asset.alt_text) == (Platform.X, "A red square")
    assert opened.state.held == {asset.staged_as: red.read_bytes()}


async def test_a_file_may_lie_anywhere_on_this_machine() -> None:
    # Children of the sandbox see temporary files, and nothing of a checkout but the code.
    [found] = await look_at([GivenFile(ROOT / "docs" / "cards.webp")])

    assert found.kind is MediaKind.IMAGE


async def test_a_file_that_cannot_be_used_is_refused_before_any_is_staged(folder: Path) -> None:
    opened = Opened()
    files = [GivenFile(folder / "pictures" / "red.png"), GivenFile(folder / "notes.jpg")]

    with pytest.raises(InvalidRequestError, match=r"notes\.jpg cannot be attached"):
        await attach(opened, files)
    assert opened.state.held == {}


def test_the_pictures_of_a_markdown_file_are_those_below_its_folder(folder: Path) -> None:
    expected = [GivenFile(folder / "pictures" / "red.png", alt_text="A red square")]

    assert list(pictures_in(folder / "article.md")) == expected
    words = CampaignWords(source=str(folder / "article.md"), media="source")
    assert list(given_files(words)) == expected
    plain = CampaignWords(source=str(folder / "article.md"))
    assert (given_files(plain), unused_pictures(plain)) == ((), 1)
    assert [unused_pictures(replace(plain, media=one)) for one in ("source", "none")] == [0, 0]


async def test_a_network_gets_its_own_files_or_else_those_for_all(folder: Path) -> None:
    red = folder / "pictures" / "red.png"
    files = given_files(
        CampaignWords(source="-", attach=(str(red), f"twitter={red}"), alt=("All", "On X"))
    )
    media = MediaOptions().with_attached(await attach(Opened(), files))

    assert [one.alt_text for one in media.attached_for(Platform.X)] == ["On X"]
    assert [one.alt_text for one in media.attached_for(Platform.THREADS)] == ["All"]
    assert all(isinstance(one, Attachment) for one in media.attached)


def test_an_edit_names_files_for_all_media_or_by_number_and_media_that_go(folder: Path) -> None:
    red = str(folder / "pictures" / "red.png")

    found = media_request([red], [f"2={red}", red], ["3"], ["added", "second", "all"])

    assert found is not None
    assert [one.alt_text for one in found.attach] == ["all", "added"]
    assert [(number, one.alt_text) for number, one in found.replace] == [(2, "second")]
    assert (found.remove, found.is_new) == ((3,), True)
    assert media_request([], [], ["all"], []) == MediaRequest(is_new=True)
    assert media_request([], [], [], []) is None
    with pytest.raises(CommandError, match="--remove takes the number"):
        media_request([], [], ["first"], [])


async def test_an_edit_gives_a_network_its_own_files_and_leaves_alone_one_without(
    folder: Path,
) -> None:
    red = folder / "pictures" / "red.png"
    request = media_request([f"x={red}"], [], [], ["On X"])
    assert request is not None
    attached = await attach(Opened(), request.files)

    on_x = request.on(Platform.X, attached)

    assert on_x is not None
    assert [one.alt_text for one in on_x.added] == ["On X"]
    assert request.on(Platform.THREADS, attached) is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (CampaignWords(source="-", attach=("none.png",)), "There is no file none.png"),
        (CampaignWords(source="-", attach=("myspace=none.png",)), "is not a network"),
        (CampaignWords(source="-", attach=(__file__,), media="image"), "leave --media"),
        (CampaignWords(source="-", attach=(__file__,), alt=("a", "b")), "more --alt"),
    ],
)
def test_files_that_cannot_be_meant_are_refused(words: CampaignWords, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        given_files(words)
