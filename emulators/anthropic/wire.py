"""Requests of the Messages API, checked as Anthropic checks them, and its errors.

:mod:`emulators.anthropic.app` parses each request here.
https://docs.anthropic.com/en/api/messages and https://docs.anthropic.com/en/api/errors
"""

from typing import Any, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

OWN_MODEL = "extractive"
"""The model named in the answers, whichever was asked for: no model wrote them."""
# A field that is not modelled is refused, so that Galley cannot use it unnoticed.
_STRICT = ConfigDict(extra="forbid")
_UNSUPPORTED = frozenset(
    {
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "maxItems",
        "uniqueItems",
    }
)


class ApiError(Exception):
    """An error reply: HTTP status, Anthropic's error type, and a message."""

    def __init__(
        self, status: int, kind: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.headers = headers or {}


class CacheControl(BaseModel):
    """The mark at the end of a prefix to be cached."""

    model_config = _STRICT

    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] = "5m"


class TextBlock(BaseModel):
    """Text, the only kind of content that this emulator reads."""

    model_config = _STRICT

    type: Literal["text"]
    text: str = Field(min_length=1)
    cache_control: CacheControl | None = None


class InputMessage(BaseModel):
    """One turn."""

    model_config = _STRICT

    role: Literal["user", "assistant"]
    content: str | list[TextBlock]

    @property
    def text(self) -> str:
        """All text of the turn."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(block.text for block in self.content)


class OutputFormat(BaseModel):
    """Structured output."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    type: Literal["json_schema"]
    json_schema: dict[str, Any] = Field(alias="schema")


class OutputConfig(BaseModel):
    """Effort and format of the answer."""

    model_config = _STRICT

    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: OutputFormat | None = None


class CountRequest(BaseModel):
    """The body of ``count_tokens``."""

    model_config = _STRICT

    model: str
    messages: list[InputMessage] = Field(min_length=1)
    system: str | list[TextBlock] = ""
    output_config: OutputConfig = OutputConfig()
    thinking: dict[str, Any] | None = None

    @property
    def system_blocks(self) -> list[TextBlock]:
        """The system prompt as blocks."""
        if isinstance(self.system, str):
            text = self.system
            return [TextBlock(type="text", text=text)] if text else []
        return self.system

    @property
    def schema_wanted(self) -> dict[str, Any] | None:
        """The schema of structured output, if that is asked for."""
        form = self.output_config.format
        return form.json_schema if form else None


class MessagesRequest(CountRequest):
    """The body of ``messages``. Tools and pictures are not emulated."""

    max_tokens: int = Field(ge=1)
    stream: bool = False
    metadata: dict[str, Any] | None = None
    service_tier: Literal["auto", "standard_only"] = "auto"
    stop_sequences: list[str] = []
    cache_control: CacheControl | None = None


_Request = TypeVar("_Request", bound=CountRequest)


def parse_count(body: bytes) -> CountRequest:
    """Read a ``count_tokens`` request."""
    return _checked(_parsed(CountRequest, body))


def parse_messages(body: bytes) -> MessagesRequest:
    """Read a ``messages`` request.

    Raises:
        ApiError: 400 for what the API would not take, 404 for an unknown model.
    """
    return _checked(_parsed(MessagesRequest, body))


def require_auth(headers: dict[str, str]) -> str:
    """Return the key.

    Raises:
        ApiError: 401 for a missing key or one that starts with ``bad``; 400 for a
            missing version.
    """
    bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
    # The SDK sends the one, OAuth clients the other.
    key = headers.get("x-api-key", "").strip() or bearer
    if not key or key.startswith("bad"):
        raise ApiError(401, "authentication_error", "invalid x-api-key")
    if "anthropic-version" not in headers:
        raise invalid("anthropic-version: header is required")
    return key


def invalid(message: str) -> ApiError:
    """Return a 400."""
    return ApiError(400, "invalid_request_error", message)


def known_model(name: str) -> str:
    """Return the model's id.

    Raises:
        ApiError: 404 for a name that is none of Anthropic's, nor the drafter's own.
    """
    # Any name of Anthropic's form: new models need no change here.
    if name != OWN_MODEL and not name.startswith("claude-"):
        raise ApiError(404, "not_found_error", f"model: {name}")
    return name


def _parsed(shape: type[_Request], body: bytes) -> _Request:
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        # The API reports one problem at a time.
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise invalid(f"{place}: {first['msg']}" if place else first["msg"]) from None


def _checked(request: _Request) -> _Request:
    known_model(request.model)
    if request.messages[0].role != "user":
        raise invalid('messages: first message must use the "user" role')
    if request.messages[-1].role == "assistant":
        raise invalid(
            "This model does not support assistant message prefill. "
            "The conversation must end with a user message."
        )
    if any(not message.text.strip() for message in request.messages):
        raise invalid("messages: text content blocks must be non-empty")
    if request.schema_wanted is not None:
        _check_schema(request.schema_wanted, "output_config.format.schema")
    return request


def _check_schema(schema: dict[str, Any], place: str) -> None:
    """Refuse keywords that structured outputs do not support."""
    for keyword in sorted(_UNSUPPORTED & schema.keys()):
        raise invalid(f"{place}: property '{keyword}' is not supported")
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise invalid(f"{place}: 'additionalProperties' must be explicitly set to false")
    for name, part in _parts(schema):
        _check_schema(part, f"{place}.{name}")


def _parts(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, Any]] = []
    for group in ("properties", "$defs"):
        found += cast("dict[str, Any]", schema.get(group, {})).items()
    found.append(("items", schema.get("items")))
    found += [("anyOf", part) for part in cast("list[Any]", schema.get("anyOf", []))]
    return [(n, cast("dict[str, Any]", p)) for n, p in found if isinstance(p, dict)]
