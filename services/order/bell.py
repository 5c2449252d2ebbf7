"""The bell: rung for streams that have changed, heard by those who wait for one of them."""

from asyncio import Event
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID


class Bell:
    """Whoever hears it looks for themselves what is new."""

    def __init__(self) -> None:
        self._listeners: defaultdict[UUID, list[Event]] = defaultdict(list)

    def hear(self, streams: Iterable[UUID]) -> None:
        """Ring for these, where anybody listens."""
        for stream in self._listeners.keys() & set(streams):
            for listener in self._listeners[stream]:
                listener.set()

    def hear_all(self) -> None:
        self.hear(list(self._listeners))

    @contextmanager
    def listen(self, stream: UUID) -> Iterator[Event]:
        """An event that is set when there is news of the stream, from now on."""
        listener = Event()
        self._listeners[stream].append(listener)
        try:
            yield listener
        finally:
            self._listeners[stream].remove(listener)
            if not self._listeners[stream]:
                del self._listeners[stream]
