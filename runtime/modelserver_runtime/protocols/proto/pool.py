"""The descriptor pool that the generated messages live in; see the package for the reason."""

from __future__ import annotations

from typing import Final

from google.protobuf import any_pb2, wrappers_pb2
from google.protobuf.descriptor_pool import DescriptorPool

POOL: Final = DescriptorPool()

for _imported in (any_pb2, wrappers_pb2):
    POOL.AddSerializedFile(_imported.DESCRIPTOR.serialized_pb)
