"""Bodies of answers, failures and mutation results."""

from graphql import GraphQLError

from emulators.buffer.records import Json


def error_body(message: str, code: str | None, **extensions: str) -> Json:
    """A GraphQL answer that holds one error and no data."""
    error: Json = {"message": message}
    if code is not None:
        error["extensions"] = {"code": code, **extensions}
    return {"errors": [error]}


def failed(typename: str, message: str) -> Json:
    """A typed failure, as a member of a mutation's union."""
    return {"__typename": typename, "message": message}


def invalid(message: str) -> Json:
    """The union member for input that cannot be accepted."""
    return failed("InvalidInputError", message)


def invalid_post(complaints: list[str]) -> Json:
    """All complaints in one message, joined as Buffer joins them."""
    return invalid("Invalid post: " + ", ".join(complaints))


def not_found(what: str) -> GraphQLError:
    """The top-level error for a thing that does not exist."""
    return GraphQLError(f"{what} not found", extensions={"code": "NOT_FOUND"})


def bad_input(message: str) -> GraphQLError:
    """The top-level error for arguments that contradict each other."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def not_modelled(field: str) -> GraphQLError:
    """The top-level error for a field of the schema that has no behaviour here."""
    return GraphQLError(
        f"This Buffer emulator does not model the field {field}.",
        extensions={"code": "UNEXPECTED"},
    )
