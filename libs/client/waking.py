"""How gRPC wakes the event loop: once for all that has happened, not once for each thing."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_MANY = 65_536


@contextmanager
def woken_once() -> Iterator[None]:
    """Around whatever makes a server or a channel of grpc.aio; the first of a process counts.

    grpc.aio's own thread writes a byte to a socket for every event. The loop reads one byte a
    turn and handles all events that are there, so that bytes are left over; the loop turns once
    more for each, and when the socket is full the thread waits until three quarters of them are
    gone. A socket that gives all its bytes at once leaves none over.
    """
    ours = threading.get_ident()
    socketpair = socket.socketpair

    def pair(*args: Any, **kwargs: Any) -> tuple[socket.socket, socket.socket]:
        reader, writer = socketpair(*args, **kwargs)
        if threading.get_ident() == ours:
            reader = _Emptied(reader.family, reader.type, reader.proto, fileno=reader.detach())
        return reader, writer

    socket.socketpair = pair
    try:
        yield
    finally:
        socket.socketpair = socketpair


class _Emptied(socket.socket):
    """Gives whoever asks for a byte all that there are; what they say is only that they are."""

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        return super().recv(max(bufsize, _MANY), flags)
