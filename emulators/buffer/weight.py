"""How heavy a query may be.

Limits: https://developers.buffer.com/guides/api-limits.html
"""

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

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
