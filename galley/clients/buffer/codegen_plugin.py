"""Make the generated answers open to what Buffer adds later.

Runs inside ariadne-codegen, never in the product. Buffer appends enum values and
union members without notice (``substack`` came in September 2026); generated as they
stand in the schema, one new value would make every answer that holds it unreadable.
Inputs stay closed: what Galley sends is checked against the schema.
"""

# ariadne-codegen lives in an environment of its own, so its base class is unknown here.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false
# pyright: reportUnknownVariableType=false
import ast

from ariadne_codegen import Plugin
from graphql import (
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    is_non_null_type,
)
from graphql.type import get_named_type


class OpenAnswers(Plugin):
    """Read enums and types as text, unknown union members as objects without fields."""

    def process_schema(self, schema: GraphQLSchema) -> GraphQLSchema:
        for named in schema.type_map.values():
            if not isinstance(named, GraphQLObjectType) or named.name.startswith("__"):
                continue
            for field in named.fields.values():
                if isinstance(get_named_type(field.type), GraphQLEnumType):
                    is_required = is_non_null_type(field.type)
                    field.type = GraphQLNonNull(GraphQLString) if is_required else GraphQLString
        return schema

    def generate_result_field(
        self, field_implementation: ast.AnnAssign, **_: object
    ) -> ast.AnnAssign:
        return _OpenUnions().visit(field_implementation)


class _OpenUnions(ast.NodeTransformer):
    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Subscript(
                value=ast.Name(id="Annotated"),
                slice=ast.Tuple(elts=[ast.Subscript(slice=ast.Tuple() as members) as union, *_]),
            ):
                members.elts.append(ast.Name(id="BaseModel"))
                return union
            case ast.Subscript(value=ast.Name(id="Literal"), slice=ast.Tuple()):
                # The type of an interface, of which a newer Buffer may have more.
                return ast.Name(id="str")
            case _:
                return node
