"""The page of a letter that asks for decisions: what leaves, pictures, and buttons that are links.

For mailboxes: no script, no style sheet, nothing that is fetched from anywhere.
"""

from collections.abc import Iterable, Iterator
from html import escape

from galley.models.notification import Notification, NotifiedItem
from galley.notifications.asks import Ask
from galley.notifications.messages import about_of, plain

_BODY = "font:16px/1.5 system-ui,sans-serif;max-width:38em;margin:0 auto;padding:16px"
_SOFT = "color:#6b6b66;font-size:14px;margin:4px 0"
_WORDS = "border-left:3px solid #1f6f54;margin:12px 0;padding:0 0 0 12px;white-space:pre-wrap"
_WARN = "background:#fdf3d8;color:#4d3a00;padding:8px 12px;margin:8px 0"
_BUTTON = (
    "display:inline-block;background:#1f6f54;color:#fff;text-decoration:none;"
    "padding:10px 18px;border-radius:6px;font-weight:600"
)


def as_page(message: Notification, asks: Iterable[Ask], to: str) -> str:
    """Return a message as HTML; every word of a draft is text in it."""
    asked = {one.post: one for one in asks}
    posts = "".join(
        f"<hr>{''.join(_post(item, asked.get(item.workflow_id), to))}" for item in message.items
    )
    more = message.count - len(message.items)
    rest = _p(_SOFT, f"… and {more} more.") if more > 0 else ""
    title = escape(message.title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body style="{_BODY}"><h1 style="font-size:20px">{title}</h1>{posts}{rest}'
        f"{_p(_SOFT, f'Message {message.id}')}</body></html>"
    )


def _post(item: NotifiedItem, ask: Ask | None, to: str) -> Iterator[str]:
    name = ask.name if ask else f"{item.platform} {plain(item.channel)}"
    yield f'<h2 style="font-size:17px">{escape(plain(name))}</h2>'
    yield from (_p(_SOFT, plain(one)) for one in (item.title, item.why) if one)
    if ask is None:
        yield _p(_SOFT, item.workflow_id)
        return
    yield from (_p(_WORDS, one) for one in ask.texts)
    for number, one in enumerate(ask.pictures, 1):
        alt = escape(one.asset.alt_text or f"Picture {number}, which has no alt text", quote=True)
        if one.data:
            yield f'<p><img src="cid:{one.cid}" alt="{alt}" style="max-width:100%;height:auto"></p>'
        else:
            yield _p(_SOFT, f"{one.asset.kind.capitalize()} {number}: open it to see it.")
    yield from (_p(_WARN, f"Check: {one}") for one in ask.claims)
    yield from (_p(_WARN, one) for one in ask.misfits)
    yield from (_p(_SOFT, one) for one in (ask.found, *about_of(ask)) if one)
    yield from (_p(_SOFT, f"{name}: {value}") for name, value in ask.leaves)
    yield _p(_SOFT, f"Goes out {ask.due} · revision {ask.revision} · proof {ask.digest}")
    link = ask.links.get(to)
    if address := link or ask.page:
        words = "Approve or reject" if link else "Look at it and decide"
        yield f'<p><a href="{escape(address, quote=True)}" style="{_BUTTON}">{words}</a></p>'
    if link:
        yield _p(_SOFT, f"For you alone, once, until {ask.until:%Y-%m-%d %H:%M %Z}.")


def _p(style: str, text: str) -> str:
    return f'<p style="{style}">{escape(text)}</p>'
