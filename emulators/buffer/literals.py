"""The validation rule for literal values, in the words of graphql-js 16."""

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    ListValueNode,
    Node,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VisitorAction,
    is_required_input_field,
    print_ast,
)
from graphql.language import SKIP
from graphql.validation import ValuesOfCorrectTypeRule

from emulators.buffer.graphql_edge import (
    as_input_object,
    as_leaf,
    expected_parent_type,
    expected_type,
    item_type,
    named_type,
    read_literal,
    without_non_null,
)
from emulators.buffer.wording import did_you_mean, print_literal, reword


class LiteralsRule(ValuesOfCorrectTypeRule):
    """Literals must fit the types they are given for."""

    def enter_null_value(self, node: NullValueNode, *_args: object) -> VisitorAction:
        expected = expected_type(self.context)
        if without_non_null(expected)[1]:
            self._report(f'Expected value of type "{expected}", found null.', node)
        return None

    def enter_list_value(self, node: ListValueNode, *_args: object) -> VisitorAction:
        expected = expected_parent_type(self.context)
        if expected is None:
            return None
        bare = without_non_null(expected)[0]
        if item_type(bare) is None:
            self._check_leaf(node, bare)
            return SKIP
        return None

    def enter_object_value(
        self, node: ObjectValueNode, *_args: object
    ) -> VisitorAction:
        wanted = expected_type(self.context)
        expected = None if wanted is None else as_input_object(named_type(wanted))
        if expected is None:
            self._check_leaf(node, wanted)
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

    def enter_object_field(self, node: ObjectFieldNode, *_args: object) -> None:
        """Refuse a field that its input type does not have."""
        around = expected_parent_type(self.context)
        parent = None if around is None else as_input_object(named_type(around))
        if parent is not None and expected_type(self.context) is None:
            name = node.name.value
            self._report(
                f'Field "{name}" is not defined by type "{parent.name}".'
                + did_you_mean(name, list(parent.fields)),
                node,
            )

    def is_valid_value_node(self, node: ValueNode, input_type: object) -> VisitorAction:
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

    def _check_leaf(self, node: ValueNode, expected: object | None) -> None:
        if expected is None:
            return
        leaf = as_leaf(named_type(expected))
        shown = f'Expected value of type "{expected}", found {print_literal(node)}'
        if leaf is None:
            self._report(shown + ".", node)
            return
        try:
            value = read_literal(leaf, node)
        except GraphQLError as error:
            said = error.message.replace(print_ast(node), print_literal(node))
            self._report(reword(said), node)
        except (TypeError, ValueError) as error:
            self._report(f"{shown}; {error}", node)
        else:
            if value is Undefined:
                self._report(shown + ".", node)

    def _report(self, message: str, node: Node) -> None:
        self.report_error(GraphQLError(message, node))
