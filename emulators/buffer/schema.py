"""The executable schema: the SDL with the resolvers of what this emulator models."""

from importlib.resources import files

from graphql import GraphQLSchema, build_schema

from emulators.buffer.answers import not_modelled
from emulators.buffer.core import Emulator
from emulators.buffer.edit import mutations
from emulators.buffer.graphql_edge import give_scalars_meaning, object_type
from emulators.buffer.queries import Resolver, organizations, queries
from emulators.buffer.records import Json


def executable_schema(emulator: Emulator, extension: str, answers: Json) -> GraphQLSchema:
    """Build Buffer's schema with this emulator behind it.

    Args:
        emulator: What answers.
        extension: SDL that the schema gains, see :mod:`emulators.buffer.faults`.
        answers: Fixed answers by ``Type.field``.

    Raises:
        GraphQLError: The extension is no SDL.
        TypeError: It does not fit the schema.
        LookupError: An answer is for a field that does not exist.
    """
    schema = extended(extension)
    give_scalars_meaning(schema)
    resolvers = {**queries(emulator), **mutations(emulator)}
    for root in ("Query", "Mutation"):
        for name, field in object_type(schema, root).fields.items():
            field.resolve = resolvers.get(name) or _unmodelled(name)
    object_type(schema, "Account").fields["organizations"].resolve = organizations
    for name, answer in answers.items():
        typename, _, field_name = name.partition(".")
        field = object_type(schema, typename).fields[field_name]
        field.resolve = _fixed(answer)
    return schema


def extended(extension: str) -> GraphQLSchema:
    """Buffer's schema with SDL added, and nothing behind it.

    Raises:
        GraphQLError: The extension is no SDL.
        TypeError: It does not fit the schema.
    """
    sdl = files("emulators.buffer").joinpath("schema.graphql").read_text("utf-8")
    return build_schema(f"{sdl}\n{extension}")


def _fixed(answer: object) -> Resolver:
    def resolve(*_: object, **__: object) -> object:
        return answer

    return resolve


def _unmodelled(name: str) -> Resolver:
    def refuse(_source: object, _info: object, **_arguments: object) -> object:
        raise not_modelled(name)

    return refuse
