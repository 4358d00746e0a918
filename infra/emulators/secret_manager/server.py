"""The double as a gRPC server: the SDK has messages but no servicer, so its handlers are put together here."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Self

import grpc  # type: ignore[import-untyped]  # It has no types.
from google.cloud import secretmanager_v1 as sm
from google.iam.v1 import iam_policy_pb2 as iam  # type: ignore[import-untyped]  # It has no types.

from infra.emulators.secret_manager.faults import Faults
from infra.emulators.secret_manager.refusals import Refused
from infra.emulators.secret_manager.service import SecretManagerService

SERVICE: Final = "google.cloud.secretmanager.v1.SecretManagerService"
THREADS: Final = 16
_METHODS: Final = (
    *("CreateSecret", "GetSecret", "UpdateSecret", "DeleteSecret", "ListSecrets"),
    *("AddSecretVersion", "GetSecretVersion", "ListSecretVersions", "AccessSecretVersion"),
    *("DisableSecretVersion", "EnableSecretVersion", "DestroySecretVersion"),
)
_POLICY_METHODS: Final = ("SetIamPolicy", "GetIamPolicy", "TestIamPermissions")

Message = Any  # Of proto-plus or of protobuf; the two have no type in common.


class SecretManagerDouble:
    """Listens on a port of loopback from its making until the end of its block; 0 takes any free one.

    Its threads are its own, so a test of any event loop may use it.
    """

    def __init__(self, port: int = 0) -> None:
        self.faults = Faults()
        self._service = SecretManagerService()
        self._turn = threading.Lock()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="secret-manager-double")
        # Without this option a second double would share the port of the first one and take half of its calls.
        self._server = grpc.server(self._threads, options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, self._handlers()),))
        self.target = f"127.0.0.1:{self._server.add_insecure_port(f'127.0.0.1:{port}')}"
        self._server.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.faults.end()
        self._server.stop(grace=0).wait()
        self._threads.shutdown()

    def _handlers(self) -> dict[str, Any]:  # grpc has no types.
        parsers = {name: getattr(sm, f"{name}Request").deserialize for name in _METHODS}
        parsers |= {name: getattr(iam, f"{name}Request").FromString for name in _POLICY_METHODS}
        return {
            name: grpc.unary_unary_rpc_method_handler(self._handler(name), request_deserializer=parse)
            for name, parse in parsers.items()
        }

    def _handler(self, name: str) -> Callable[[Message, grpc.ServicerContext], bytes]:
        """A method that answers in bytes: they are made while nobody else can change the message."""
        method = getattr(self._service, re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower())

        def answer(request: Message, context: grpc.ServicerContext) -> bytes:
            try:
                self.faults.before(name, request)
                with self._turn:
                    reply = method(request)
                    self.faults.after(name, reply)
                    return _serialised(reply)
            except Refused as refused:
                context.abort(refused.code, refused.words)
                raise  # Not reached: `abort` raises, which grpc's missing types do not say.

        return answer


def _serialised(message: Message) -> bytes:
    kind = type(message)
    return bytes(kind.serialize(message) if hasattr(kind, "serialize") else message.SerializeToString())
