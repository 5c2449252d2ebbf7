"""The real stack under load while its parts die, freeze, double or are cut off."""

import os

# gRPC, which reads it when it is loaded, would hook into every start of a child, and say so.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
