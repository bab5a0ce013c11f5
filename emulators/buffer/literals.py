"""The validation rule for literal values, in the words of graphql-js 16."""

from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    VisitorAction,
    get_named_type,
    get_nullable_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    print_ast,
)
from graphql.language import SKIP
from graphql.validation import ValuesOfCorrectTypeRule

from emulators.buffer.wording import did_you_mean, reword


class LiteralsRule(ValuesOfCorrectTypeRule):
    """Literals must fit the types they are given for."""

    def enter_null_value(self, node: NullValueNode, *_args: Any) -> VisitorAction:
        expected = self.context.get_input_type()
        if is_non_null_type(expected):
            self._report(f'Expected value of type "{expected}", found null.', node)
        return None

    def enter_list_value(self, node: ListValueNode, *_args: Any) -> VisitorAction:
        expected = self.context.get_parent_input_type()
        if expected and not is_list_type(get_nullable_type(expected)):
            self._check_leaf(node, self.context.get_input_type())
            return SKIP
        return None

    def enter_object_value(self, node: ObjectValueNode, *_args: Any) -> VisitorAction:
        expected = get_named_type(self.context.get_input_type())
        if not is_input_object_type(expected):
            self._check_leaf(node, self.context.get_input_type())
            return SKIP
        given = {field.name.value: field for field in node.fields}
        for name, definition in expected.fields.items():
            if name not in given and is_required_input_field(definition):
                self._report(
                    f'Field "{expected.name}.{name}" of required type'
                    f' "{definition.type}" was not provided.',
                    node,
                )
        if expected.is_one_of:
            self._check_one_of(node, expected, given)
        return None

    def enter_object_field(self, node: ObjectFieldNode, *_args: Any) -> None:
        """Refuse a field that its input type does not have."""
        parent = get_named_type(self.context.get_parent_input_type())
        if self.context.get_input_type() is None and is_input_object_type(parent):
            name = node.name.value
            self._report(
                f'Field "{name}" is not defined by type "{parent.name}".'
                + did_you_mean(name, list(parent.fields)),
                node,
            )

    def is_valid_value_node(
        self, node: ValueNode, input_type: GraphQLInputType | None
    ) -> VisitorAction:
        self._check_leaf(node, input_type)
        return None

    def _check_one_of(
        self,
        node: ObjectValueNode,
        expected: GraphQLInputObjectType,
        given: dict[str, ObjectFieldNode],
    ) -> None:
        if len(given) != 1:
            self._report(
                f'OneOf Input Object "{expected.name}" must specify exactly one key.',
                node,
            )
            return
        ((name, field),) = given.items()
        if isinstance(field.value, NullValueNode):
            self._report(f'Field "{expected.name}.{name}" must be non-null.', node)

    def _check_leaf(self, node: ValueNode, expected: GraphQLInputType | None) -> None:
        if expected is None:
            return
        leaf = get_named_type(expected)
        shown = f'Expected value of type "{expected}", found {print_ast(node)}'
        if not is_leaf_type(leaf):
            self._report(shown + ".", node)
            return
        if isinstance(node, VariableNode):
            return
        try:
            value = leaf.parse_literal(node)
        except GraphQLError as error:
            self._report(reword(error.message), node)
        except Exception as error:  # noqa: BLE001 - a scalar may raise anything
            self._report(f"{shown}; {error}", node)
        else:
            if value is Undefined:
                self._report(shown + ".", node)

    def _report(self, message: str, node: Any) -> None:
        self.report_error(GraphQLError(message, node))
