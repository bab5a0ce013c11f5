"""Where graphql-core validates in another way or order than graphql-js 16."""

from graphql import ASTValidationRule, OperationDefinitionNode
from graphql.validation import (
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    ValuesOfCorrectTypeRule,
)

from emulators.buffer.literals import LiteralsRule


class UndefinedLastRule(NoUndefinedVariablesRule):
    """Speak of missing variables once all else in their operation was looked at."""

    def enter_operation_definition(
        self, operation: OperationDefinitionNode, *_args: object
    ) -> None:
        """Wait."""

    def leave_operation_definition(
        self, node: OperationDefinitionNode, *_args: object
    ) -> None:
        super().enter_operation_definition(node)


class UnusedLastRule(NoUnusedVariablesRule):
    """Speak of idle variables once all else in their operation was looked at."""

    def enter_operation_definition(
        self, operation: OperationDefinitionNode, *_args: object
    ) -> None:
        """Wait."""

    def leave_operation_definition(
        self, node: OperationDefinitionNode, *_args: object
    ) -> None:
        super().enter_operation_definition(node)


REPLACED: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
    NoUndefinedVariablesRule: UndefinedLastRule,
    NoUnusedVariablesRule: UnusedLastRule,
    ValuesOfCorrectTypeRule: LiteralsRule,
}
"""The rules of graphql-core that give way here, each to its like."""
