"""The executable schema: the SDL with the resolvers of what this emulator models."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from graphql import GraphQLResolveInfo, GraphQLSchema, build_schema

from emulators.buffer.answers import failed, not_found, not_modelled
from emulators.buffer.core import Emulator
from emulators.buffer.create import create_post
from emulators.buffer.edit import delete_post, edit_post, move_post
from emulators.buffer.limits import daily_status
from emulators.buffer.listing import list_posts
from emulators.buffer.records import Json
from emulators.buffer.scalars import give_scalars_meaning

Resolver = Callable[..., Any]


def executable_schema(emulator: Emulator) -> GraphQLSchema:
    """Build Buffer's schema with this emulator behind it."""
    sdl = files("emulators.buffer").joinpath("schema.graphql").read_text("utf-8")
    schema = build_schema(sdl)
    give_scalars_meaning(schema)
    resolvers = {**_queries(emulator), **_mutations(emulator)}
    for root in (schema.query_type, schema.mutation_type):
        for name, field in root.fields.items() if root else ():
            field.resolve = resolvers.get(name) or _unmodelled(name)
    schema.type_map["Account"].fields["organizations"].resolve = _organizations  # type: ignore[attr-defined] - an object type, by the SDL
    return schema


def _unmodelled(name: str) -> Resolver:
    def refuse(_source: Any, _info: GraphQLResolveInfo, **_arguments: Any) -> Any:
        raise not_modelled(name)

    return refuse


def _organizations(
    account: Json, _info: GraphQLResolveInfo, **arguments: Any
) -> list[Json]:
    only = (arguments.get("filter") or {}).get("organizationId")
    every: list[Json] = account["organizations"]
    return [one for one in every if only in {None, one["id"]}]


def _queries(emulator: Emulator) -> dict[str, Resolver]:
    store = emulator.store

    def account(*_: Any) -> Json:
        return emulator.account()

    def channel(_source: Any, _info: Any, **arguments: Any) -> Json:
        found = store.channel(arguments["input"]["id"])
        if found is None:
            raise not_found("Channel")
        return found

    def channels(_source: Any, _info: Any, **arguments: Any) -> list[Json]:
        return _channels(emulator, arguments["input"])

    def post(_source: Any, _info: Any, **arguments: Any) -> Json:
        return _post(emulator, arguments["input"]["id"])

    def posts(_source: Any, _info: Any, **arguments: Any) -> Json:
        return list_posts(
            emulator, arguments["input"], arguments.get("first"), arguments.get("after")
        )

    def daily(_source: Any, _info: Any, **arguments: Any) -> list[Json]:
        return _daily(emulator, arguments["input"])

    return {
        "account": account,
        "channel": channel,
        "channels": channels,
        "post": post,
        "posts": posts,
        "dailyPostingLimits": daily,
    }


def _mutations(emulator: Emulator) -> dict[str, Resolver]:
    async def create(_source: Any, _info: Any, **arguments: Any) -> Json:
        given = arguments["input"]
        ordered = _ordered_failure(emulator, "createPost", given["channelId"])
        return ordered or await create_post(emulator, given)

    async def edit(_source: Any, _info: Any, **arguments: Any) -> Json:
        ordered = _ordered_failure(emulator, "editPost", "")
        return ordered or await edit_post(emulator, arguments["input"])

    def delete(_source: Any, _info: Any, **arguments: Any) -> Json:
        return delete_post(emulator, arguments["input"])

    def move(_source: Any, _info: Any, **arguments: Any) -> Json:
        return move_post(emulator, arguments["input"])

    return {
        "createPost": create,
        "editPost": edit,
        "deletePost": delete,
        "movePostInQueue": move,
    }


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
    chosen = given.get("filter") or {}
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
        channel = emulator.store.channel(channel_id)
        if channel is None:
            raise not_found("Channel")
        found.append(daily_status(emulator, channel, day))
    return found
