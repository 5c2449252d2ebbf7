"""Write the service config from the protos, or with `--check` say that it has drifted."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.descriptor import MethodDescriptor

from libs.contracts.common.v1 import options_pb2

SERVICES = ("catalog", "order", "payment", "warehouse", "returns", "ledger")
TARGET = Path(__file__).with_name("service_config.json")

TIMEOUT = "60s"
"""What servers grant at most; a call's own deadline, or else the server's 5 s, ends it sooner."""

RETRIES = {
    "maxAttempts": 4,
    "initialBackoff": "0.1s",
    "maxBackoff": "2s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


def service_config() -> dict[str, object]:
    """Retries for what may be repeated, a deadline for all but streams."""
    unary = [it for it in methods() if not it.server_streaming]
    return {
        "methodConfig": [
            {
                "name": [_name(it) for it in unary if is_safe(it)],
                "timeout": TIMEOUT,
                "retryPolicy": RETRIES,
            },
            {"name": [_name(it) for it in methods() if it.server_streaming]},
            {"name": [{}], "timeout": TIMEOUT},
        ]
    }


def is_safe(method: MethodDescriptor) -> bool:
    """It only reads, or carries an id by which the second time returns the first answer."""
    access = method.GetOptions().Extensions[options_pb2.access]
    fields = method.input_type.fields_by_name
    if "requests" in fields:
        item = fields["requests"].message_type
        assert item is not None, "a batch is of messages"
        fields = item.fields_by_name
    return bool(access.scope.endswith(".read")) or "request_id" in fields


def methods() -> Iterator[MethodDescriptor]:
    for name in SERVICES:
        file = importlib.import_module(f"libs.contracts.{name}.v1.{name}_service_pb2").DESCRIPTOR
        for service in file.services_by_name.values():
            yield from service.methods


def _name(method: MethodDescriptor) -> dict[str, str]:
    return {"service": method.containing_service.full_name, "method": method.name}


def main() -> None:
    text = json.dumps(service_config(), indent=2) + "\n"
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(text)
    elif not TARGET.exists() or TARGET.read_text() != text:
        raise SystemExit(f"{TARGET.name} is not what the protos say: run make protos")


if __name__ == "__main__":
    main()
