"""How heavy a query may be.

Limits: https://developers.buffer.com/guides/api-limits.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_operation_ast,
    parse,
    validate,
)

from emulators.buffer.answers import error_body
from emulators.buffer.graphql_edge import reword, variable_errors
from emulators.buffer.records import Json

MAX_COST = 175_000
MAX_DEPTH = 25
MAX_ALIASES = 30
MAX_DIRECTIVES = 50
MAX_TOKENS = 15_000
TOO_HEAVY = "Query exceeds maximum allowed complexity. Please simplify your query."
_SCALAR = 1
_OBJECT = 2
_PER_LEVEL = 1.5


@dataclass(slots=True)
class Weight:
    """What an operation weighs: cost in Buffer's points, and what it is made of."""

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
    """Weigh a valid operation: a scalar costs 1, an object 2, each level times 1.5.

    Stops early once the limits are passed, so that nested fragments cannot make the
    weighing itself expensive.
    """
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    total = Weight(directives=len(operation.directives or ()))
    _add(operation.selection_set, 1, fragments, total)
    return total


def _add(
    selections: SelectionSetNode,
    level: int,
    fragments: dict[str, FragmentDefinitionNode],
    total: Weight,
) -> None:
    total.depth = max(total.depth, level)
    for node in selections.selections:
        if total.too_heavy:
            return
        total.directives += len(node.directives or ())
        if isinstance(node, FieldNode):
            total.aliases += node.alias is not None
            base = _OBJECT if node.selection_set else _SCALAR
            total.cost += base * _PER_LEVEL ** (level - 1)
            if node.selection_set:
                _add(node.selection_set, level + 1, fragments, total)
        elif isinstance(node, InlineFragmentNode):
            _add(node.selection_set, level, fragments, total)
        elif isinstance(node, FragmentSpreadNode):
            fragment = fragments[node.name.value]
            _add(fragment.selection_set, level, fragments, total)


_REMEMBERED = 256


class QueryRefusedError(Exception):
    """The request is answered with 400 and this body; nothing was executed."""

    def __init__(self, body: Json) -> None:
        super().__init__("the query was refused")
        self.body = body


@dataclass(frozen=True, slots=True)
class Query:
    """A request that may be executed."""

    document: DocumentNode
    operation_name: str | None
    variables: Json
    kind: str
    fields: tuple[str, ...]
    """Root fields by name, in order."""


class QueryReader:
    """Reads requests against one schema, remembering documents it has validated."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._valid: dict[str, DocumentNode] = {}

    def read(self, body: object) -> Query:
        """Take a decoded JSON body apart.

        Raises:
            QueryRefusedError: It is not a GraphQL request, or does not fit the schema.
        """
        source, variables, name = _request(body)
        document = self._document(source)
        operation = get_operation_ast(document, name)
        if operation is None:
            raise QueryRefusedError(_no_operation(name))
        if weigh(document, operation).too_heavy:
            raise QueryRefusedError(error_body(TOO_HEAVY, None))
        errors = variable_errors(self._schema, operation, variables)
        if errors:
            raise QueryRefusedError(_body(errors, "BAD_USER_INPUT"))
        return Query(
            document,
            name,
            variables,
            operation.operation.value,
            tuple(
                node.name.value
                for node in operation.selection_set.selections
                if isinstance(node, FieldNode)
            ),
        )

    def _document(self, source: str) -> DocumentNode:
        known = self._valid.get(source)
        if known is not None:
            return known
        try:
            document = parse(source, max_tokens=MAX_TOKENS, allow_empty_selection_sets=False)
        except GraphQLSyntaxError as error:
            if "tokens" in error.message:
                raise QueryRefusedError(error_body(TOO_HEAVY, None)) from error
            raise QueryRefusedError(_body([error], "GRAPHQL_PARSE_FAILED")) from error
        errors = validate(self._schema, document)
        if errors:
            raise QueryRefusedError(_body(errors, "GRAPHQL_VALIDATION_FAILED"))
        if len(self._valid) >= _REMEMBERED:
            self._valid.clear()
        self._valid[source] = document
        return document


def _request(body: object) -> tuple[str, Json, str | None]:
    if not isinstance(body, dict):
        raise QueryRefusedError(
            error_body("Operation batching disabled.", "BAD_REQUEST")
            if isinstance(body, list)
            else error_body(
                "POST body missing, invalid Content-Type, or JSON object has no keys.",
                "BAD_REQUEST",
            )
        )
    fields = cast("Json", body)
    source = fields.get("query")
    if not isinstance(source, str) or not source:
        raise QueryRefusedError(
            error_body(
                "GraphQL operations must contain a non-empty `query` or a"
                " `persistedQuery` extension.",
                "BAD_REQUEST",
            )
        )
    variables: object = fields.get("variables") or {}
    if not isinstance(variables, dict):
        raise QueryRefusedError(
            error_body("`variables` in a POST body must be an object.", "BAD_REQUEST")
        )
    name = fields.get("operationName")
    return source, cast("Json", variables), name if isinstance(name, str) else None


def _no_operation(name: str | None) -> Json:
    if name:
        message = f'Unknown operation named "{name}".'
    else:
        message = "Must provide operation name if query contains multiple operations."
    return error_body(message, "OPERATION_RESOLUTION_FAILURE")


def _body(errors: Sequence[GraphQLError], code: str) -> Json:
    return {"errors": [_shown(error, code) for error in errors]}


def _shown(error: GraphQLError, code: str) -> Json:
    shown: Json = {"message": reword(error.message)}
    if error.locations:
        shown["locations"] = [
            {"line": place.line, "column": place.column} for place in error.locations
        ]
    shown["extensions"] = {"code": code}
    return shown
