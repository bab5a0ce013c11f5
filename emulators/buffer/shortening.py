"""Link shortening: on some channels a text comes back with other addresses in it.

The flag is documented, the consequence for the text that is read back is assumed:
https://developers.buffer.com/types/ChannelLinkShortening.md
"""

import hashlib
import re

from emulators.buffer.records import Json, Post

_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}']")
_DOMAIN = "buff.example"
_SHOWN = 7


def shorten_links(post: Post, channel: Json) -> None:
    """Put short addresses in the texts of a post, if its channel has that."""
    settings: Json = channel["linkShortening"]
    if not settings["isEnabled"]:
        return
    config: Json = settings["config"] or {}
    domain = f"https://{config.get('domain') or _DOMAIN}/"
    post.text = _shortened(post.text, domain)
    for item in post.thread:
        item["text"] = _shortened(item["text"], domain)


def _shortened(text: str, domain: str) -> str:
    def short(found: re.Match[str]) -> str:
        if found[0].startswith(domain):
            return found[0]
        return (
            domain
            + hashlib.sha256(found[0].encode("utf-8", "surrogatepass")).hexdigest()[
                :_SHOWN
            ]
        )

    return _URL.sub(short, text)
