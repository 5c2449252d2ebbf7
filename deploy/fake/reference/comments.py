"""What the protos say in words, which compiled descriptors leave out."""

import importlib.resources
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc

from libs.contracts.generate import PROTOS


@cache
def comments() -> Mapping[str, str]:
    """The comment above everything that has a full name."""
    return {name: words for file in _files() for name, words in _of(file)}


def _files() -> list[FileDescriptorProto]:
    google = importlib.resources.files("google") / ".."
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    sources = [str(it.relative_to(PROTOS)) for it in sorted(PROTOS.rglob("entrepot/**/*.proto"))]
    with TemporaryDirectory() as folder:
        target = Path(folder) / "descriptors"
        status = protoc.main(
            [
                "protoc",
                f"--proto_path={PROTOS}",
                f"--proto_path={google}",
                f"--proto_path={well_known}",
                f"--descriptor_set_out={target}",
                "--include_source_info",
                *sources,
            ]
        )
        assert status == 0, "the protos compile"
        return list(FileDescriptorSet.FromString(target.read_bytes()).file)


def _of(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    for location in file.source_code_info.location:
        words = re.sub(r"\s+", " ", location.leading_comments).strip()
        name = _named(file, tuple(location.path)) if words else None
        if name is not None:
            yield f"{file.package}.{name}", words


def _named(file: FileDescriptorProto, path: tuple[int, ...]) -> str | None:
    """What a path leads to: a message, a method, a value of an enum; fields are not wanted."""
    match path:
        case (4, message):
            return file.message_type[message].name
        case (5, enum, 2, value):
            return f"{file.enum_type[enum].name}.{file.enum_type[enum].value[value].name}"
        case (6, service):
            return file.service[service].name
        case (6, service, 2, method):
            return f"{file.service[service].name}.{file.service[service].method[method].name}"
        case _:
            return None
