"""JSON on the wire, for any text a client may have sent."""

import json

from starlette.responses import JSONResponse


class AnyTextResponse(JSONResponse):
    """JSON that can also hold half of a surrogate pair, which UTF-8 cannot.

    JavaScript writes such a half as an escape; so does this.
    """

    def render(self, content: object) -> bytes:
        try:
            return super().render(content)
        except UnicodeEncodeError:
            return json.dumps(content, allow_nan=False).encode("ascii")
