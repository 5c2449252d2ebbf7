"""What there is: services, their facts and refusals, the methods and messages of their protos."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from google.protobuf.descriptor import Descriptor, FileDescriptor, MethodDescriptor

from libs.domain import Aggregate, Refusal, Started

Kind = TypeVar("Kind")

ROOT = Path(__file__).parents[2]
SERVICES = sorted(
    folder.name
    for folder in (ROOT / "services").iterdir()
    if (folder / "domain.py").exists() or (folder / "domain").is_dir()
)
"""Those that decide something already."""
PUBLISHING = [name for name in SERVICES if (ROOT / f"services/{name}/publishing.py").exists()]
DECLARED = [
    name
    for name in SERVICES
    if (ROOT / f"libs/contracts/{name}/v1/{name}_service_pb2_grpc.py").exists()
]
"""Those that say what they can be asked."""
SERVED = [name for name in DECLARED if (ROOT / f"services/{name}/servicer.py").exists()]
"""Those that answer."""


def modules(package: str) -> Iterator[ModuleType]:
    """A package or module with all that is below it, loaded; entry points are only for running."""
    top = importlib.import_module(package)
    yield top
    for found in pkgutil.walk_packages(getattr(top, "__path__", ()), f"{package}."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def subclasses(kind: type[Kind]) -> Iterator[type[Kind]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


def aggregates(service: str) -> list[type[Aggregate]]:
    """The aggregates of a service."""
    package = f"services.{service}.domain"
    names = {module.__name__ for module in modules(package)}
    return [kind for kind in subclasses(Aggregate) if kind.__module__ in names]


def facts(kind: type[Aggregate]) -> list[type]:
    """The facts that an aggregate can record, without the library's own base."""
    return [
        value
        for name, value in vars(kind).items()
        if isinstance(value, type)
        and issubclass(value, Aggregate.Event | Started)
        and name != "Event"
    ]


def refusals(package: str) -> list[type[Refusal]]:
    """The refusals that a package defines, below the kinds that all share."""
    names = {module.__name__ for module in modules(package)}
    return sorted(
        {kind for kind in subclasses(Refusal) if kind.__module__ in names},
        key=lambda kind: kind.__name__,
    )


def service_file(service: str) -> FileDescriptor:
    """The proto that declares what can be asked of a service."""
    name = f"libs.contracts.{service}.v1.{service}_service_pb2"
    file: FileDescriptor = importlib.import_module(name).DESCRIPTOR
    return file


def events_file(service: str) -> FileDescriptor:
    """The proto of a service's public facts."""
    name = f"libs.contracts.{service}.v1.events_pb2"
    file: FileDescriptor = importlib.import_module(name).DESCRIPTOR
    return file


def methods(file: FileDescriptor) -> list[MethodDescriptor]:
    return [method for one in file.services_by_name.values() for method in one.methods]


def messages_within(
    message: Descriptor, seen: frozenset[str] = frozenset()
) -> Iterator[Descriptor]:
    """A message and those of ours that its fields hold."""
    if not message.GetOptions().map_entry:
        yield message
    for field in message.fields:
        inner = field.message_type
        if inner is None or not inner.full_name.startswith("entrepot."):
            continue
        if inner.full_name not in seen:
            yield from messages_within(inner, seen | {message.full_name, inner.full_name})
