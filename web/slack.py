"""Buttons in Slack: a signed request says who pressed which; the message then says what happened.

Slack waits three seconds for an answer; the decision comes after it, and is told at the address
that the request names.
"""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.errors import AppError, app_error
from app.posts.states import state_words
from app.review.decisions import DecisionRequest
from app.review.links import UsedLink, decide_once
from galley.clients.notifications import NotifyError
from galley.clients.slack import (
    APPROVE,
    REJECT,
    Click,
    click_of,
    closing,
    is_from_slack,
    message,
    respond,
)
from galley.models.post import PostView
from galley.models.review import DecisionKind
from galley.notifications.asks import AskMaker, is_asked
from galley.review.changes import changed_since
from galley.review.links import DecisionLink
from web.decision_links import maker_of, why_not_for
from web.decisions import why_undecided
from web.phrases import decision_words, named
from web.sending import DONE, FAILED
from web.site import Site, site_of

_LARGEST = 512 * 1024
"""Bytes: the request holds the whole message, which has 50 blocks of 3,000 characters at most."""
_TITLE = "Post waiting for review"
_log = logging.getLogger(__name__)


async def pressed(request: Request) -> Response:
    """Hear of a button; answer at once, and decide afterwards."""
    site = site_of(request)
    secret = site.connections.settings.slack_signing_secret
    if secret is None:
        raise HTTPException(404, "There is no such page.")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            return PlainTextResponse("That is more than a click.\n", 413)
    stamp = request.headers.get("x-slack-request-timestamp", "")
    signature = request.headers.get("x-slack-signature", "")
    if not is_from_slack(secret.get_secret_value(), stamp, signature, body, time.time()):
        return PlainTextResponse("This is not signed by Slack, or is old.\n", 401)
    click = click_of(body)
    if click is None:
        return PlainTextResponse("This is not a button click.\n", 400)
    # The button that opens the page is told, too, and needs no answer but this.
    is_decision = any(one.action_id in {APPROVE, REJECT} for one in click.actions)
    return Response(background=BackgroundTask(_answered, site, click) if is_decision else None)


async def _answered(site: Site, click: Click) -> None:
    try:
        await _respond(click, await _decided(site, click))
    except Exception as error:
        known = app_error(error)
        said = str(known) if known else FAILED
        await _respond(click, _to_one(said))
        if known is None:
            raise


async def _respond(click: Click, told: dict[str, Any]) -> None:
    try:
        await respond(click.response_url, told)
    except NotifyError as error:
        # The post has the decision, and says so whoever asks next.
        _log.warning("Slack was not told what became of a click: %s", error)


async def _decided(site: Site, click: Click) -> dict[str, Any]:
    """Carry out a click; return what Slack shows then.

    Raises:
        AppError: It cannot be; the text says why.
    """
    maker = maker_of(site)
    action = next(one for one in click.actions if one.action_id in {APPROVE, REJECT})
    link = maker.links.read(DecisionLink, action.value) if maker.links else None
    if link is None or link.by or link.is_over:
        raise AppError("This button has expired: decide on the page of the post.")
    person = _person(maker, click)
    if why := why_not_for(site, person):
        raise AppError(why)
    kind = DecisionKind.APPROVE if action.action_id == APPROVE else DecisionKind.REJECT
    if kind is DecisionKind.REJECT and not click.reason:
        raise AppError("Nothing was decided: write why in the field, then press Reject again.")
    view = await site.view(link.post)
    if not is_asked(view):
        return over(view)
    if (view.revision, view.digest) != (link.revision, link.digest):
        return _changed(maker, view, link)
    note = click.reason if kind is DecisionKind.REJECT else "by a button in Slack"
    said = DecisionRequest(kind, note, link.revision, None, link.digest).on(view, person)
    if why := why_undecided(site, view, said):
        raise AppError(f"Nothing was decided: {why}")
    result = await decide_once(site.connections, site.settings_of(person), link, said)
    view = await site.view(link.post)
    ask = maker.ask(view, datetime.now(UTC))
    if isinstance(result, UsedLink):
        did = "is deciding" if not result.is_done else f"{DONE[result.kind]} it"
        sentence = f"{result.by} {did} already, by this button."
    elif not result.ok:
        sentence = decision_words(said, result, named(view))
        return _to_one(sentence) if ask else over(view)
    else:
        site.waiting.took(link.post, result)
        what = (
            f"{DONE[kind]} it." if ask else f"decided: {decision_words(said, result, named(view))}"
        )
        sentence = f"{person} {what}"
    if ask is None:
        return _instead(closing(named(view), sentence))
    # Where the policy wants more approvals, the same button waits for the next person.
    return _instead(message(replace(ask, token=action.value), _TITLE, sentence))


def _person(maker: AskMaker, click: Click) -> str:
    """Return in whose name somebody in Slack decides.

    Raises:
        AppError: They are nobody of the team.
    """
    user = click.user
    if maker.team is None:
        return f"Slack {user.username} ({user.id})"[:120]
    own = {user.id, f"{user.team_id}/{user.id}"}
    found = next((one.name for one in maker.team.people if one.slack in own), None)
    if found is None:
        raise AppError(f"Nothing was decided: nobody of the team has the member ID {user.id}.")
    return found


def over(view: PostView) -> dict[str, Any]:
    """Return the message about a post that nobody is asked about any more."""
    last = view.decisions[-1] if view.decisions else None
    who = f"{last.by} {DONE[last.kind]} it: {last.note}" if last else f"{state_words(view.state)}."
    return _instead(closing(named(view), who.removesuffix(": ")))


def _changed(maker: AskMaker, view: PostView, link: DecisionLink) -> dict[str, Any]:
    """Return the message about the post as it is now: the button was about another proof."""
    ask = maker.ask(view, datetime.now(UTC))
    changes = changed_since(view, link.digest, link.revision) or ()
    since = "; ".join(one.words for one in changes) or "it is another revision"
    if ask is None:
        return over(view)
    return _instead(message(ask, _TITLE, f"Nothing was decided. Since that message {since}."))


def _instead(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "replace_original": True}


def _to_one(sentence: str) -> dict[str, Any]:
    """Return a message that only whoever pressed the button sees."""
    return {"text": sentence, "response_type": "ephemeral", "replace_original": False}


ROUTES = [Route("/slack/actions", pressed, methods=["POST"])]
