"""What a message asks: all that a person must see, within every limit, or no button to approve."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.clients.mail import MailSender
from galley.clients.notifications import NotifyError, send_all
from galley.clients.slack import SlackSender, is_from_slack, message
from galley.models.draft import Draft, Fact, FactKind, FactOrigin, Problem, Variant
from galley.models.notification import Notification, NotificationKind, NotifiedItem
from galley.models.post import PostState, PostView, Proposal
from galley.models.team import Person, Policy, Team
from galley.notifications.asks import SLACK, AskMaker
from galley.review.links import LASTS, DecisionLink, DecisionLinks, PictureLink
from galley.review.proof import proof_of
from tests.receivers import Receiver, mail_server, receiving
from tests.review.test_signatures import PEOPLE, VIEW
from tests.slack_emulator import actions, fits, texts
from tests.web.samples import film, picture

AT = datetime(2099, 12, 1, 9, tzinfo=UTC)
ADDRESS = "https://review.example.com"
LINKS = DecisionLinks("a secret of the tests, which is long enough")
MAKER = AskMaker(ADDRESS, LINKS, None, tells_texts=True, has_buttons=True)


def team(role: str) -> Team:
    kim = PEOPLE[0].model_dump() | {"email": "kim@example.com", "roles": (role,)}
    people = (Person.model_validate(kim), *PEOPLE[1:])
    return Team(people=people, policies={"acme": Policy(channels=("c",))})


def view(text: str = "2,400 people came.", **changes: object) -> PostView:
    found = VIEW.model_copy(update={"draft": Draft(text=text), **changes})
    proof = proof_of(found)
    assert proof
    return found.model_copy(update={"digest": proof.digest})


@given(
    st.text(min_size=1, max_size=90),
    st.integers(1, 99),
    st.text(max_size=200),
    st.lists(st.text(max_size=40).map(lambda one: one * 60), max_size=6),
    st.lists(st.text(max_size=40).map(lambda one: one * 9), max_size=12),
)
def test_any_message_is_within_the_limits_and_shows_what_its_button_approves(
    text: str, times: int, channel: str, alts: list[str], claims: list[str]
) -> None:
    problems = tuple(Problem(rule="claim", message=one, is_claim=True) for one in claims)
    staged = tuple(picture().model_copy(update={"alt_text": alt}) for alt in alts)
    shown = view(text * times, channel_name=channel, problems=problems, staged=staged)
    ask = MAKER.ask(shown, AT, (SLACK,))
    assert ask
    told = message(ask, "1 post waiting for review")

    fits(told)
    if "galley_approve" in actions(told):
        proof, words = proof_of(shown), texts(told)
        assert proof
        sections = [one["text"]["text"] for one in told["blocks"] if one["type"] == "section"]
        assert "".join(sections).startswith(proof.text)
        assert all(one.alt_text in words for one in proof.assets)
        assert sum(one["type"] == "image" for one in told["blocks"]) == len(proof.assets)
        assert all(one in words for one in claims)


@pytest.mark.parametrize(
    "changes",
    [{"problems": (Problem(rule="length", message="Too long."),)}, {"staged": (film(),)}],
    ids=["a problem", "a film"],
)
def test_what_slack_cannot_show_or_nobody_may_approve_has_no_button_to_approve(
    changes: dict[str, object],
) -> None:
    ask = MAKER.ask(view().model_copy(update=changes), AT)
    assert ask
    told = message(ask, "A title")
    assert actions(told) == ["galley_reject", "galley_open"]
    assert "image" not in {one["type"] for one in told["blocks"]}


def test_words_with_unseen_characters_have_no_button_to_approve() -> None:
    ask = MAKER.ask(view(), AT)
    assert ask
    for unseen in ("2,400 \u202epeople came.", "2,400 people\u200b came."):
        assert "galley_approve" not in actions(message(replace(ask, texts=(unseen,)), "A title"))


def test_without_leave_to_tell_words_a_message_has_none_and_no_button_to_approve() -> None:
    silent = AskMaker(ADDRESS, LINKS, None, tells_texts=False, has_buttons=True)
    claim = Problem(rule="claim", message="2,400 stands nowhere.", is_claim=True)
    facts = (
        Fact(kind=FactKind.NUMBER, place="text", start=0, end=5, origin=FactOrigin.SOURCE),
        Fact(kind=FactKind.NUMBER, place="text", start=0, end=5, origin=FactOrigin.NOTE),
        Fact(kind=FactKind.NAME, place="text", start=0, end=5, origin=FactOrigin.TITLE),
        Fact(kind=FactKind.STATEMENT, place="text", start=0, end=9, origin=FactOrigin.SOURCE),
    )
    ask = silent.ask(view(problems=(claim,), facts=facts), AT)
    assert ask
    told = message(ask, "A title")
    assert "2,400" not in str(told)
    assert "2 found in the source, 1 found in the author's words, 1 to check" in texts(told)
    assert "galley_approve" not in actions(told)


def test_drafts_of_a_review_that_is_over_hold_no_edit_back() -> None:
    drafts = (Variant(draft=Draft(text="One.")), Variant(draft=Draft(text="Two.")))
    edit = Proposal(draft=Draft(text="Other words."))
    for state, is_whole in ((PostState.IN_REVIEW, False), (PostState.SCHEDULED, True)):
        proposal = edit if is_whole else None
        ask = MAKER.ask(view(state=state, variants=drafts, proposal=proposal), AT)
        assert ask
        assert ask.is_whole is is_whole


@pytest.mark.parametrize("state", [*PostState])
def test_only_what_waits_for_a_decision_is_asked(state: PostState) -> None:
    assert (MAKER.ask(view(state=state), AT) is not None) is (state is PostState.IN_REVIEW)


def test_a_link_is_of_one_person_one_proof_and_one_day() -> None:
    shown = view(review_expires_at=AT + timedelta(hours=3))
    recipients = ("Kim@Example.com", "lee@example.com", "", SLACK)
    writing, approving = (
        AskMaker(ADDRESS, LINKS, team(role), tells_texts=True, has_buttons=False)
        for role in ("writer", "approver")
    )
    none, ask = writing.ask(shown, AT, recipients), approving.ask(shown, AT, recipients)
    earlier = approving.ask(shown, AT - LASTS, recipients)

    assert none
    assert none.links == {}, "who may not approve gets none, and nobody's address gets none"
    assert ask
    assert ask == approving.ask(shown, AT, recipients), "the same message has the same link"
    assert earlier
    assert earlier.until == AT
    ((to, link),) = ask.links.items()
    word = link.rpartition("/")[2]
    assert (to, ask.token) == ("Kim@Example.com", "")
    assert LINKS.read(DecisionLink, word) == DecisionLink(
        post=shown.workflow_id,
        revision=1,
        digest=shown.digest,
        by="kim",
        until=AT + timedelta(hours=3),
    )
    # The same secret makes other words for pictures and forms.
    assert LINKS.read(PictureLink, word) is None
    assert DecisionLinks("another secret").read(DecisionLink, word) is None
    assert not LINKS.is_form_token(word, word.rpartition(".")[2])
    assert link not in repr(ask)


def test_a_signature_is_that_of_slacks_own_example() -> None:
    # docs.slack.dev/authentication/verifying-requests-from-slack
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    secret, stamp = "8f742231b10e8888abcd99yyyzzz85a5", "1531420618"
    signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"

    assert is_from_slack(secret, stamp, signature, body, 1531420618 + 300)
    for now in (1531420618 + 301, 1531420618 - 301):
        assert not is_from_slack(secret, stamp, signature, body, now)
    for other in ("", "v0", signature[:-1], signature.upper(), "v0=ü"):
        assert not is_from_slack(secret, stamp, other, body, 1531420618)
    for odd in ("", "-1", "1531420618.0", "١٥٣١٤٢٠٦١٨", "9" * 5000):
        assert not is_from_slack(secret, odd, signature, body, 1531420618)


async def test_a_post_that_slack_does_not_take_keeps_no_other_post_from_it() -> None:
    asks = [ask for text in ("One.", "Two.") if (ask := MAKER.ask(view(text), AT))]
    told = Notification(
        id="msg_1", kind=NotificationKind.REVIEW_WAITING, title="2 posts", at=AT, count=2
    )
    async with receiving(Receiver(["400 Bad Request"])) as receiver:
        with pytest.raises(NotifyError, match="answered 400"):
            await send_all(SlackSender(receiver.url).parts(told, asks))

    assert "Two." in texts(receiver.taken[1].json)


async def test_a_letter_shows_words_as_words_and_holds_its_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = '</p><script>alert(1)</script><img src="https://evil.example/x">'
    ask = MAKER.ask(view(hostile, staged=(picture(),)), AT, ("kim@example.com",))
    assert ask
    shown = replace(ask.pictures[0], data=b"bytes of a picture")
    ask = replace(ask, pictures=(shown,))
    told = Notification(
        id="msg_1",
        kind=NotificationKind.REVIEW_WAITING,
        title="1 post waiting for review",
        at=AT,
        count=1,
        items=(NotifiedItem(workflow_id=ask.post),),
    )
    with mail_server(tmp_path) as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(box.authority))
        for part in MailSender(box.url, ("kim@example.com",)).parts(told, (ask,)):
            await part.send()

    (letter,) = box.letters
    page = letter.get_body(("html",))
    assert isinstance(page, EmailMessage)
    html = page.get_content()
    assert "<script" not in html
    assert html.count("<img") == 1
    assert f'src="cid:{shown.cid}"' in html
    assert ask.links["kim@example.com"] in html
    (image,) = [one for one in letter.walk() if one.get_content_maintype() == "image"]
    assert (image["Content-ID"], image.get_payload(decode=True)) == (
        f"<{shown.cid}>",
        b"bytes of a picture",
    )
