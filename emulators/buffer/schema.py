"""The executable schema: the SDL with the resolvers of what this emulator models."""

from collections.abc import Callable
from importlib.resources import files
from typing import cast

from graphql import GraphQLSchema, build_schema

from emulators.buffer.answers import failed, not_found, not_modelled
from emulators.buffer.core import Emulator
from emulators.buffer.create import create_post
from emulators.buffer.edit import delete_post, edit_post, move_post
from emulators.buffer.graphql_edge import object_type
from emulators.buffer.limits import daily_status
from emulators.buffer.listing import list_posts
from emulators.buffer.records import Json
from emulators.buffer.scalars import give_scalars_meaning

Resolver = Callable[..., object]


def executable_schema(emulator: Emulator) -> GraphQLSchema:
    """Build Buffer's schema with this emulator behind it."""
    sdl = files("emulators.buffer").joinpath("schema.graphql").read_text("utf-8")
    schema = build_schema(sdl)
    give_scalars_meaning(schema)
    resolvers = {**_queries(emulator), **_mutations(emulator)}
    for root in ("Query", "Mutation"):
        for name, field in object_type(schema, root).fields.items():
            field.resolve = resolvers.get(name) or _unmodelled(name)
    object_type(schema, "Account").fields["organizations"].resolve = _organizations
    return schema


def _unmodelled(name: str) -> Resolver:
    def refuse(_source: object, _info: object, **_arguments: object) -> object:
        raise not_modelled(name)

    return refuse


def _on_input(answer: Callable[[Json], object]) -> Resolver:
    def resolve(_source: object, _info: object, **arguments: Json) -> object:
        return answer(arguments["input"])

    return resolve


def _organizations(
    account: Json, _info: object, **arguments: Json | None
) -> list[Json]:
    chosen: Json = arguments.get("filter") or {}
    only = chosen.get("organizationId")
    every: list[Json] = account["organizations"]
    return [one for one in every if only in {None, one["id"]}]


def _queries(emulator: Emulator) -> dict[str, Resolver]:
    def account(*_: object) -> Json:
        return emulator.account()

    def posts(_source: object, _info: object, **arguments: object) -> Json:
        return list_posts(
            emulator,
            cast("Json", arguments["input"]),
            cast("int | None", arguments.get("first")),
            cast("str | None", arguments.get("after")),
        )

    return {
        "account": account,
        "channel": _on_input(lambda given: _channel(emulator, given["id"])),
        "channels": _on_input(lambda given: _channels(emulator, given)),
        "post": _on_input(lambda given: _post(emulator, given["id"])),
        "posts": posts,
        "dailyPostingLimits": _on_input(lambda given: _daily(emulator, given)),
    }


def _mutations(emulator: Emulator) -> dict[str, Resolver]:
    async def create(given: Json) -> Json:
        ordered = _ordered_failure(emulator, "createPost", given["channelId"])
        return ordered or await create_post(emulator, given)

    async def edit(given: Json) -> Json:
        ordered = _ordered_failure(emulator, "editPost", "")
        return ordered or await edit_post(emulator, given)

    return {
        "createPost": _on_input(create),
        "editPost": _on_input(edit),
        "deletePost": _on_input(lambda given: delete_post(emulator, given)),
        "movePostInQueue": _on_input(lambda given: move_post(emulator, given)),
    }


def _channel(emulator: Emulator, channel_id: str) -> Json:
    found = emulator.store.channel(channel_id)
    if found is None:
        raise not_found("Channel")
    return found


def _ordered_failure(
    emulator: Emulator, operation: str, channel_id: str
) -> Json | None:
    fault = emulator.faults.take((operation,), ("typed_error",), channel_id)
    if fault is None:
        return None
    return failed(
        str(fault.details.get("typename", "UnexpectedError")),
        str(fault.details.get("message", "Something went wrong")),
    )


def _channels(emulator: Emulator, given: Json) -> list[Json]:
    if given["organizationId"] != emulator.organization_id:
        raise not_found("Organization")
    chosen: Json = given.get("filter") or {}
    locked, product = chosen.get("isLocked"), chosen.get("product")
    return [
        channel
        for channel in emulator.store.channels(emulator.organization_id)
        if locked in {None, channel["isLocked"]}
        and (product is None or product in channel["products"])
    ]


def _post(emulator: Emulator, post_id: str) -> Json:
    found = emulator.store.post(post_id)
    if found is None or emulator.faults.take(
        ("post",), ("not_found_once",), found.channel_id
    ):
        raise not_found("Post")
    return emulator.present(found)


def _daily(emulator: Emulator, given: Json) -> list[Json]:
    day = given.get("date") or emulator.clock.now()
    found: list[Json] = []
    for channel_id in given["channelIds"]:
        channel = _channel(emulator, channel_id)
        found.append(daily_status(emulator, channel, day))
    return found
