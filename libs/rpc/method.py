"""What a method declares of itself in its proto."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from libs.contracts.common.v1 import options_pb2
from libs.rpc.caller import Caller
from libs.rpc.catalogue import Catalogue
from libs.rpc.refusals import PermissionDenied
from libs.rpc.validation import read_request

ROLE = options_pb2.Role.DESCRIPTOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method as the door sees it."""

    name: str
    """`entrepot.payment.v1.PaymentService/CapturePayment`, as gRPC writes it, without the slash."""
    roles: frozenset[str]
    scope: str
    writes: bool
    """It changes something, under a request id."""
    batch: bool
    catalogue: Catalogue
    decode: Callable[[bytes], Message]
    encode: Callable[[Message], bytes]

    @classmethod
    def declared(
        cls,
        name: str,
        *,
        decode: Callable[[bytes], Message],
        encode: Callable[[Message], bytes],
    ) -> "Method":
        """Read the declaration; KeyError when no loaded proto has such a method."""
        descriptor: MethodDescriptor = descriptor_pool.Default().FindMethodByName(
            name.replace("/", ".")
        )
        access = descriptor.GetOptions().Extensions[options_pb2.access]
        fields = descriptor.input_type.fields_by_name
        return cls(
            name=name,
            roles=frozenset(_role(role) for role in access.roles),
            scope=access.scope,
            writes="request_id" in fields,
            batch="requests" in fields,
            catalogue=Catalogue.of(descriptor.containing_service.file),
            decode=decode,
            encode=encode,
        )

    def admit(self, caller: Caller) -> Caller:
        """The caller in those of their roles that the method is for; without any it is not theirs.

        What somebody may do elsewhere in another role gives them no more here: who has finance's
        role beside a buyer's still cancels their own orders only.
        """
        roles = self.roles & caller.roles
        if not roles:
            raise PermissionDenied(f"{self.name} is not for your role")
        if self.scope and self.scope not in caller.scopes:
            raise PermissionDenied(f"{self.name} needs the scope {self.scope}", scope=self.scope)
        return caller if roles == caller.roles else replace(caller, roles=roles)

    def read(self, raw: bytes) -> Message:
        """The valid request in these bytes."""
        return read_request(raw, self.decode)


def _role(number: int) -> str:
    return ROLE.values_by_number[number].name.removeprefix("ROLE_").lower()
