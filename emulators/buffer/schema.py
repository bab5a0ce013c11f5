"""The executable schema: the SDL with the resolvers of what this emulator models."""

from importlib.resources import files

from graphql import GraphQLSchema, build_schema

from emulators.buffer.answers import not_modelled
from emulators.buffer.core import Emulator
from emulators.buffer.graphql_edge import object_type
from emulators.buffer.mutations import mutations
from emulators.buffer.queries import organizations, queries
from emulators.buffer.resolvers import Resolver
from emulators.buffer.scalars import give_scalars_meaning


def executable_schema(emulator: Emulator) -> GraphQLSchema:
    """Build Buffer's schema with this emulator behind it."""
    sdl = files("emulators.buffer").joinpath("schema.graphql").read_text("utf-8")
    schema = build_schema(sdl)
    give_scalars_meaning(schema)
    resolvers = {**queries(emulator), **mutations(emulator)}
    for root in ("Query", "Mutation"):
        for name, field in object_type(schema, root).fields.items():
            field.resolve = resolvers.get(name) or _unmodelled(name)
    object_type(schema, "Account").fields["organizations"].resolve = organizations
    return schema


def _unmodelled(name: str) -> Resolver:
    def refuse(_source: object, _info: object, **_arguments: object) -> object:
        raise not_modelled(name)

    return refuse
