"""The verbs that agents and programs have, each known by name to MCP and by path to HTTP.

The other modules register them; :func:`call` admits, runs and audits one call. There
is no verb that approves, rejects, resumes, erases, or changes policies, people, keys or budgets.
"""

import hashlib
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_type_hints

from pydantic import BaseModel, ValidationError

from app.agents.audit import audited, storable
from app.agents.limits import AgentLimits, LimitError, LimitReason, require
from app.agents.replies import Reply, once
from app.connections import Connections, Progress
from app.errors import InvalidRequestError
from galley.models.agents import AgentMark, Scope
from galley.models.base import Model

Method = Literal["GET", "POST"]


@dataclass(frozen=True)
class Caller:
    """The agent that calls, and what its verbs work with.

    Attributes:
        connections: Settings, Temporal and the buckets.
        agent: Who calls, as its token or the server's options say.
        scopes: What it may do.
        limits: Its rate, suggestions and money.
        is_remote: Whether it asks over HTTP, where it can send files.
    """

    connections: Connections
    agent: AgentMark
    scopes: frozenset[Scope]
    limits: AgentLimits
    is_remote: bool = False

    def watched_by(self, progress: Progress) -> "Caller":
        """Return the caller with somebody to whom progress is told."""
        opened = self.connections.watched_by(progress)
        return replace(self, connections=opened)

    def saying(self, model: str, user_agent: str) -> "Caller":
        """Return the caller as an agent that says which model and program it is.

        What the person said who made the token, or started the server, counts more.
        """
        agent = self.agent
        said = {
            "model": agent.model or storable(model[:80]),
            "user_agent": agent.user_agent or storable(user_agent[:80]),
        }
        return replace(self, agent=agent.model_copy(update=said))


_TARGET = re.compile(
    r"((post|campaign):)?[0-9a-f]{1,64}([:/][A-Za-z0-9]{1,64})?|\d{8}-[0-9a-f]{16}"
)
"""What the audit keeps of a name that an agent gave: anything else may be words, or a token."""
Run = Callable[[Caller, Any], Awaitable[Model]]


@dataclass(frozen=True)
class Verb:
    """One thing that agents and programs may ask for.

    Attributes:
        name: Of the tool, and of the operation.
        about: Its description, for a model that chooses among tools.
        scope: What a token must have.
        method: Of HTTP.
        path: Of HTTP; fields of ``asks`` stand in braces.
        asks: The fields of a request.
        answers: The fields of an answer.
        run: Carries it out.
    """

    name: str
    about: str
    scope: Scope
    method: Method
    path: str
    asks: type[Model]
    answers: type[Model]
    run: Run

    @property
    def title(self) -> str:
        """Its name as words."""
        return self.name.replace("_", " ").capitalize()

    @property
    def path_fields(self) -> tuple[str, ...]:
        """The fields that stand in the path."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))


UPLOADS = "/v1/uploads/"
"""Begins the paths to which the bytes of files go, beside the verbs."""


def is_upload(scope: Mapping[str, object]) -> bool:
    """Whether a request sends the bytes of a file: its limits of size and time are others."""
    return scope["method"] == "PUT" and str(scope["path"]).startswith(UPLOADS)


VERBS: dict[str, Verb] = {}
"""All verbs by name, in the order of the documents."""


def verb(method: Method, path: str, scope: Scope) -> Callable[[Run], Run]:
    """Register a function of a caller and a request as a verb; its types say the fields."""

    def register(run: Run) -> Run:
        hints = get_type_hints(run)
        about = " ".join((run.__doc__ or "").split())
        asks, answers = cast("type[Model]", hints["asked"]), cast("type[Model]", hints["return"])
        name = run.__name__
        VERBS[name] = Verb(name, about, scope, method, path, asks, answers, run)
        return run

    return register


async def call(
    caller: Caller, name: str, arguments: dict[str, Any], *, is_strict: bool = False
) -> Model:
    """Carry out a verb for an agent, within its limits; each call is kept in the audit.

    Strict are programs; a model may write ``"5"`` for 5.

    Raises:
        LimitError: The call is not to be answered.
        InvalidRequestError: There is no such verb, or the arguments are not its fields.
        AppError: It cannot be carried out.
    """
    scope = VERBS[name].scope if name in VERBS else None
    async with admitted(caller, name, arguments, scope) as told:
        found = VERBS[name]
        answer = await found.run(caller, _asked(found, arguments, is_strict=is_strict))
        told["target"] = str(getattr(answer, "campaign", "") or told["target"])
        return answer


async def call_once(
    caller: Caller, name: str, arguments: dict[str, Any], key: str
) -> tuple[Reply, bool]:
    """Carry out a verb of a strict program once for a key; as :func:`call`.

    Whoever repeats it is admitted and audited anew, and gets the first reply.

    Returns:
        The reply, and whether it is that of an earlier call.

    Raises:
        KeyReusedError: The key belongs to another request.
        ConflictError: The same request is being carried out.
    """
    scope = VERBS[name].scope if name in VERBS else None
    async with admitted(caller, name, arguments, scope) as told:
        found = VERBS[name]
        asked = _asked(found, arguments, is_strict=True)

        async def carry_out() -> Reply:
            return (await found.run(caller, asked)).model_dump(mode="json")

        request = {"verb": name, **arguments}
        reply, is_old = await once(caller.connections.state, caller.agent, key, request, carry_out)
        told["target"] = str(reply.get("campaign") or told["target"])
        return reply, is_old


@asynccontextmanager
async def admitted(
    caller: Caller, name: str, arguments: dict[str, Any], scope: Scope | None
) -> AsyncGenerator[dict[str, str]]:
    """Admit a call for the body, and keep in the audit what becomes of it.

    Args:
        caller: Who calls.
        name: Of the tool, or of what else is asked for.
        arguments: Kept as a hash.
        scope: What the caller's token must have; ``None``: there is no such tool.

    Raises:
        LimitError: The call is not to be answered.
        InvalidRequestError: There is no such tool.
    """
    given = json.dumps(arguments, sort_keys=True, default=str).encode()
    sha256 = hashlib.sha256(given).hexdigest()
    state = caller.connections.state
    try:
        await caller.limits.admit(caller.agent, name if scope else "unknown")
    except LimitError as error:
        # A flood is counted in the agent's usage; one entry for each call would be one, too.
        if error.reason is not LimitReason.RATE:
            async with audited(state, caller.agent, name[:60], sha256):
                raise
        raise
    async with audited(state, caller.agent, name[:60], sha256) as told:
        if scope is None:
            raise InvalidRequestError(f"There is no tool {name[:60]!r}: list the tools.")
        for target in ("post", "campaign", "upload"):
            named = str(arguments.get(target, ""))
            told["target"] = told["target"] or (named if _TARGET.fullmatch(named) else "")
        try:
            require(caller.scopes, scope, caller.agent)
        except LimitError as error:
            await caller.limits.refuse(caller.agent, error.reason)
            raise
        yield told


def _asked(found: Verb, arguments: dict[str, Any], *, is_strict: bool) -> Model:
    try:
        if is_strict:
            return found.asks.model_validate_json(json.dumps(arguments), strict=True)
        return found.asks.model_validate(arguments)
    except ValidationError as error:
        raise InvalidRequestError(f"{found.name}: {what_is_wrong(error)}") from None


def what_is_wrong(error: ValidationError) -> str:
    """Return the wrong fields in a sentence, without what was given for them."""
    told = (
        f"{'.'.join(map(str, one['loc'])) or 'the arguments'}: {one['msg']}"
        for one in error.errors(include_url=False, include_context=False, include_input=False)[:5]
    )
    return storable("; ".join(told) + ".")


def schema_of(model: type[BaseModel], mode: Literal["validation", "serialization"]) -> Any:  # noqa: ANN401 -- a JSON schema
    """Return the JSON schema of a request or an answer."""
    return model.model_json_schema(mode=mode)
