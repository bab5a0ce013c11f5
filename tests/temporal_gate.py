"""A server that stands before a Temporal server: TLS, client certificates, API keys.

As Temporal Cloud does it: who may not enter is told so before any call is carried on.
"""

# grpcio is untyped: it is wrapped here alone.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUntypedBaseClass=false, reportUnknownParameterType=false

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import trustme

AUTHORITY = trustme.CA()
OTHER_AUTHORITY = trustme.CA()
CLOUD_REFUSES = {
    # What Temporal Cloud's endpoint of a namespace has no operation for.
    "/temporal.api.operatorservice.v1.OperatorService/AddSearchAttributes",
    "/temporal.api.operatorservice.v1.OperatorService/ListSearchAttributes",
}


@dataclass
class Gate:
    """What the gate asks for, and what it saw."""

    key: str = ""
    wants_certificate: bool = False
    is_cloud: bool = False
    address: str = ""
    seen: list[Mapping[str, str]] = field(default_factory=list)
    """The metadata of each call, whether it was let in or not."""

    def refusal(self, method: str, told: Mapping[str, str]) -> tuple[Any, str] | None:
        """Return the status and words for a call that may not enter."""
        if self.key and not told.get("authorization"):
            return grpc.StatusCode.UNAUTHENTICATED, "Request unauthorized."
        if self.key and told["authorization"] != f"Bearer {self.key}":
            return grpc.StatusCode.PERMISSION_DENIED, "Request unauthorized."
        if self.is_cloud and method in CLOUD_REFUSES:
            return grpc.StatusCode.PERMISSION_DENIED, "Request unauthorized."
        return None


@asynccontextmanager
async def gate_before(temporal: str, gate: Gate) -> AsyncGenerator[Gate]:
    """Let in who may enter, and carry the calls on to the server at ``temporal``."""
    certificate = AUTHORITY.issue_cert("127.0.0.1", "localhost")
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    credentials = grpc.ssl_server_credentials(
        [(certificate.private_key_pem.bytes(), chain)],
        root_certificates=AUTHORITY.cert_pem.bytes(),
        require_client_auth=gate.wants_certificate,
    )
    server = grpc.aio.server()
    port = server.add_secure_port("127.0.0.1:0", credentials)
    gate.address = f"127.0.0.1:{port}"
    async with grpc.aio.insecure_channel(temporal) as channel:
        server.add_generic_rpc_handlers((_Forward(gate, channel),))
        await server.start()
        try:
            yield gate
        finally:
            await server.stop(grace=None)


class _Forward(grpc.GenericRpcHandler):
    def __init__(self, gate: Gate, channel: Any) -> None:  # noqa: ANN401 - untyped
        self._gate = gate
        self._channel = channel

    def service(self, handler_call_details: Any) -> Any:  # noqa: ANN401 - untyped
        method: str = handler_call_details.method

        async def forward(request: bytes, context: Any) -> bytes:  # noqa: ANN401 - untyped
            told = {k: str(v) for k, v in context.invocation_metadata()}
            self._gate.seen.append(told)
            if refused := self._gate.refusal(method, told):
                await context.abort(*refused)
            onwards = [(k, v) for k, v in told.items() if k.startswith("temporal-")]
            call = self._channel.unary_unary(method)
            try:
                answer: bytes = await call(
                    request, metadata=onwards, timeout=context.time_remaining()
                )
            except grpc.aio.AioRpcError as error:
                more = error.trailing_metadata()
                await context.abort(error.code(), error.details(), tuple(more or ()))
                raise
            return answer

        return grpc.unary_unary_rpc_method_handler(forward)
