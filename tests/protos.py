"""Protos that exist only for tests, loaded without generating code."""

import importlib.resources
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import FileDescriptor
from grpc_tools import protoc

from libs.contracts.buf.validate import validate_pb2
from libs.contracts.common.v1 import options_pb2

PROTOS = Path(__file__).parents[1] / "protos"
IMPORTED = (options_pb2, validate_pb2)
"""What such protos may import must have been loaded before them."""


def load_proto(source: Path) -> FileDescriptor:
    """Compile a proto and load it; its name must be its own in the whole suite."""
    pool = descriptor_pool.Default()
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "descriptor"
        paths = [f"-I{path}" for path in (source.parent, PROTOS, well_known)]
        if protoc.main(["protoc", *paths, f"--descriptor_set_out={target}", source.name]):
            raise AssertionError(f"{source} does not compile")
        (file,) = descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes()).file
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindFileByName(file.name)
