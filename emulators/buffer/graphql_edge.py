"""GraphQL over HTTP: requests read against the schema, and errors in Buffer's words.

:mod:`emulators.buffer.app` reads and runs each request here; the resolvers take their error
objects from here. graphql-core is graphql-js, which Buffer runs, in Python: it says the same
of a query, but for the quotes.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    execute,
    get_operation_ast,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values
from starlette.responses import JSONResponse

from emulators.buffer.records import Json

# pyright: reportUnknownVariableType=false
# graphql-core's own types come without arguments in places.

# Limits of a query: https://developers.buffer.com/guides/api-limits.html
MAX_COST = 175_000
MAX_DEPTH = 25
MAX_ALIASES = 30
MAX_DIRECTIVES = 50
MAX_TOKENS = 15_000
TOO_HEAVY = "Query exceeds maximum allowed complexity. Please simplify your query."
_SCALAR = 1
_OBJECT = 2
_PER_LEVEL = 1.5
_REMEMBERED = 256
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"' + r"|'([^']*)'")


class AnyTextResponse(JSONResponse):
    """JSON that can also hold half of a surrogate pair, which UTF-8 cannot.

    JavaScript writes such a half as an escape, and so does this.
    """

    def render(self, content: object) -> bytes:
        try:
            return super().render(content)
        except UnicodeEncodeError:
            return json.dumps(content, allow_nan=False).encode("ascii")


def error_body(message: str, code: str | None, **extensions: str) -> Json:
    """Return a GraphQL reply with one error and no data."""
    # Buffer's complexity error has no extensions at all.
    error: Json = {"message": message}
    if code is not None:
        error["extensions"] = {"code": code, **extensions}
    return {"errors": [error]}


def failed(typename: str, message: str) -> Json:
    """Return a typed failure, a member of a mutation's union."""
    return {"__typename": typename, "message": message}


def invalid(message: str) -> Json:
    """Return the union member for input that is refused."""
    return failed("InvalidInputError", message)


def invalid_post(complaints: list[str]) -> Json:
    """Return all complaints in one message, joined as Buffer joins them."""
    return invalid("Invalid post: " + ", ".join(complaints))


def not_found(thing: str) -> GraphQLError:
    """Return the top-level error for a thing that does not exist."""
    return GraphQLError(f"{thing} not found", extensions={"code": "NOT_FOUND"})


def bad_input(message: str) -> GraphQLError:
    """Return the top-level error for arguments that contradict each other."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def not_modelled(field: str) -> GraphQLError:
    """Return the top-level error for a field that the emulator does not model."""
    return GraphQLError(
        f"This Buffer emulator does not model the field {field}.", extensions={"code": "UNEXPECTED"}
    )


def reword(message: str) -> str:
    """Replace graphql-core's apostrophes with graphql-js's double quotes."""
    return _QUOTED.sub(
        lambda found: found[0] if found[1] in {None, '"'} else f'"{found[1]}"', message
    )


class QueryRefusedError(Exception):
    """The request is answered with 400 and this body; nothing was executed."""

    def __init__(self, body: Json) -> None:
        super().__init__("the query was refused")
        self.body = body


def _refused(message: str, code: str | None = "BAD_REQUEST") -> QueryRefusedError:
    return QueryRefusedError(error_body(message, code))


@dataclass(frozen=True, slots=True)
class Query:
    """A valid request, ready to run."""

    document: DocumentNode
    operation_name: str | None
    variables: Json
    fields: tuple[str, ...]
    """Names of the root fields, in order."""


class QueryReader:
    """Validates requests against one schema and remembers the documents it has validated."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._valid: dict[str, DocumentNode] = {}

    def read(self, body: object) -> Query:
        """Validate a decoded JSON body.

        Raises:
            QueryRefusedError: It is not a GraphQL request, or does not fit the schema.
        """
        source, variables, name = _request(body)
        document = self._document(source)
        operation = get_operation_ast(document, name)
        if operation is None:
            raise _refused(
                f'Unknown operation named "{name}".'
                if name
                else "Must provide operation name if query contains multiple operations.",
                "OPERATION_RESOLUTION_FAILURE",
            )
        if weigh(document, operation).too_heavy:
            raise _refused(TOO_HEAVY, None)
        found = get_variable_values(self._schema, operation.variable_definitions or (), variables)
        # A list holds errors; anything else holds the coerced values.
        if isinstance(found, list):
            raise QueryRefusedError(_errors_body(found, "BAD_USER_INPUT"))
        roots = operation.selection_set.selections
        fields = tuple(node.name.value for node in roots if isinstance(node, FieldNode))
        return Query(document, name, variables, fields)

    async def run(self, query: Query) -> ExecutionResult:
        """Execute a valid request."""
        outcome = execute(
            self._schema,
            query.document,
            variable_values=query.variables,
            operation_name=query.operation_name,
        )
        return outcome if isinstance(outcome, ExecutionResult) else await outcome

    def _document(self, source: str) -> DocumentNode:
        known = self._valid.get(source)
        if known is not None:
            return known
        try:
            document = parse(source, max_tokens=MAX_TOKENS, allow_empty_selection_sets=False)
        except GraphQLSyntaxError as error:
            # graphql-core has one error class for bad syntax and for too many tokens.
            if "tokens" in error.message:
                raise _refused(TOO_HEAVY, None) from error
            raise QueryRefusedError(_errors_body([error], "GRAPHQL_PARSE_FAILED")) from error
        errors = validate(self._schema, document)
        if errors:
            raise QueryRefusedError(_errors_body(errors, "GRAPHQL_VALIDATION_FAILED"))
        # Clients send few documents; only a fuzzer fills this.
        if len(self._valid) >= _REMEMBERED:
            self._valid.clear()
        self._valid[source] = document
        return document


def _request(body: object) -> tuple[str, Json, str | None]:
    """Return the source, the variables and the operation's name, in Apollo's words if refused."""
    if isinstance(body, list):
        raise _refused("Operation batching disabled.")
    if not isinstance(body, dict):
        raise _refused("POST body missing, invalid Content-Type, or JSON object has no keys.")
    fields = cast("Json", body)
    source = fields.get("query")
    if not isinstance(source, str) or not source:
        raise _refused(
            "GraphQL operations must contain a non-empty `query` or a `persistedQuery` extension."
        )
    # null is as good as none.
    variables: object = fields.get("variables") or {}
    if not isinstance(variables, dict):
        raise _refused("`variables` in a POST body must be an object.")
    name = fields.get("operationName")
    return source, cast("Json", variables), name if isinstance(name, str) else None


def _errors_body(errors: Sequence[GraphQLError], code: str) -> Json:
    shown: list[Json] = []
    for error in errors:
        one: Json = {"message": reword(error.message)}
        if error.locations:
            one["locations"] = [
                {"line": place.line, "column": place.column} for place in error.locations
            ]
        shown.append({**one, "extensions": {"code": code}})
    return {"errors": shown}


@dataclass(slots=True)
class Weight:
    """The weight of an operation: its cost in Buffer's points, and what else is limited."""

    cost: float = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0

    @property
    def too_heavy(self) -> bool:
        return (
            self.cost > MAX_COST
            or self.depth > MAX_DEPTH
            or self.aliases > MAX_ALIASES
            or self.directives > MAX_DIRECTIVES
        )


def weigh(document: DocumentNode, operation: OperationDefinitionNode) -> Weight:
    """Weigh a valid operation: a scalar costs 1, an object 2, each level times 1.5."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    total = Weight(directives=len(operation.directives or ()))
    _add_weight(operation.selection_set, 1, fragments, total)
    return total


def _add_weight(
    selections: SelectionSetNode,
    level: int,
    fragments: dict[str, FragmentDefinitionNode],
    total: Weight,
) -> None:
    total.depth = max(total.depth, level)
    for node in selections.selections:
        # Stop early: nested fragments would make the weighing itself expensive.
        if total.too_heavy:
            return
        total.directives += len(node.directives or ())
        if isinstance(node, FieldNode):
            total.aliases += node.alias is not None
            base = _OBJECT if node.selection_set else _SCALAR
            total.cost += base * _PER_LEVEL ** (level - 1)
            if node.selection_set:
                _add_weight(node.selection_set, level + 1, fragments, total)
        elif isinstance(node, InlineFragmentNode):
            _add_weight(node.selection_set, level, fragments, total)
        elif isinstance(node, FragmentSpreadNode):
            # Validation has ruled out unknown fragments and circles.
            fragment = fragments[node.name.value]
            _add_weight(fragment.selection_set, level, fragments, total)
