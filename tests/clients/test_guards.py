"""Set-ups that cannot work are refused at the start."""

import pytest

from galley.clients.setup_checks import HastyLooksError, media_hindrance, refuse_unsafe_set_up
from galley.settings import Settings

LIVE = "https://api.buffer.com"
LOCAL = "http://127.0.0.1:9700"


def settings(buffer: str, public: str | None, emulator: str | None) -> Settings:
    return Settings.model_construct(
        buffer_api_url=buffer, public_base_url=public, storage_emulator_host=emulator
    )


@pytest.mark.parametrize(
    ("public", "emulator"),
    [
        (None, "http://127.0.0.1:9701"),
        (None, "127.0.0.1:9701"),
        (None, "http://gcs:9701"),
        ("http://localhost:8080", None),
        ("https://192.168.1.5/media", None),
        ("https://[::1]/media", None),
        ("https://nas.local/media", None),
        ("https://2130706433/media", None),
        ("http://localhost:8080", "http://127.0.0.1:9701"),
    ],
)
def test_a_live_buffer_is_not_given_media_it_cannot_reach(
    public: str | None, emulator: str | None
) -> None:
    why = media_hindrance(settings(LIVE, public, emulator))

    assert why.startswith("Buffer is live")
    for told in ("GALLEY_MEDIA_BUCKET", "GALLEY_STATE_BUCKET", "Google", "S3"):
        assert told in why


@pytest.mark.parametrize(
    ("buffer", "public", "emulator"),
    [
        (LIVE, None, None),
        (LIVE, "https://93.184.215.14/m", None),
        (LIVE, "https://cdn.example.com/m", None),
        (LIVE, "https://93.184.215.14/m", "http://127.0.0.1:9701"),
        (LOCAL, None, "http://127.0.0.1:9701"),
        (LOCAL, "http://localhost:8080", None),
        ("http://buffer:9700", None, "http://gcs:9701"),
        (LOCAL, None, None),
    ],
)
def test_every_other_mixture_is_let_through(
    buffer: str, public: str | None, emulator: str | None
) -> None:
    assert not media_hindrance(settings(buffer, public, emulator))


@pytest.mark.parametrize("pauses", [(0.0,), (1, 3, 10), (5, 30), (0, 0, 59.9)])
def test_a_live_buffer_is_not_called_empty_before_a_lost_post_can_be_there(
    pauses: tuple[float, ...],
) -> None:
    live, local = (
        Settings.model_construct(buffer_api_url=one, reconcile_pauses=pauses)
        for one in (LIVE, LOCAL)
    )
    with pytest.raises(HastyLooksError, match=r"GALLEY_RECONCILE_PAUSES.*\[5,30,120\]"):
        refuse_unsafe_set_up(live)

    refuse_unsafe_set_up(local)


@pytest.mark.parametrize("pauses", [(60.0,), (5, 30, 120)])
def test_pauses_that_are_long_enough_are_taken(pauses: tuple[float, ...]) -> None:
    refuse_unsafe_set_up(Settings.model_construct(buffer_api_url=LIVE, reconcile_pauses=pauses))
