"""A gate lets in what can be answered in time, whatever comes and however fast it is answered."""

from collections import deque
from dataclasses import dataclass, field

import pytest

from libs.rpc.limits import RETRY_AFTER_S, RETRY_AFTER_S_MAX, Gate, Passage
from libs.rpc.refusals import Overloaded

TAKING_S = 0.5
LEAST, MOST = 16, 2000
STEP_S = 0.001


@dataclass
class Served:
    answered: int = 0
    refused: int = 0
    longest: float = 0.0
    advice: list[float] = field(default_factory=list)


class Server:
    """Answers calls one after the other at its own pace, behind a gate, in time of its own."""

    def __init__(self, *, pace: float) -> None:
        self.pace = pace
        self.now = 1000.0
        self.gate = Gate(most=MOST, least=LEAST, taking_s=TAKING_S, now=lambda: self.now)
        self._line: deque[tuple[float, Passage]] = deque()
        self._ready = 0.0
        self._due = 0.0

    def serve(self, *, rate: float, seconds: float) -> Served:
        """So many calls come a second, for so long."""
        served, end = Served(), self.now + seconds
        while self.now < end:
            self.now += STEP_S
            self._due += rate * STEP_S
            while self._due >= 1:
                self._due -= 1
                self._come(served)
            self._ready = min(self._ready + self.pace * STEP_S, len(self._line))
            while self._ready >= 1 and self._line:
                self._ready -= 1
                self._answer(served)
        return served

    def _come(self, served: Served) -> None:
        call = self.gate.call()
        try:
            call.__enter__()
        except Overloaded as refused:
            served.refused += 1
            served.advice.append(refused.retry_after_s)
        else:
            self._line.append((self.now, call))

    def _answer(self, served: Served) -> None:
        came, call = self._line.popleft()
        call.__exit__(None, None, None)
        served.answered += 1
        served.longest = max(served.longest, self.now - came)


@pytest.mark.parametrize("pace", [60.0, 200.0, 1500.0])
def test_three_times_what_can_be_answered_takes_nothing_from_what_is(pace: float) -> None:
    server = Server(pace=pace)

    first = server.serve(rate=3 * pace, seconds=5)
    then = server.serve(rate=3 * pace, seconds=20)

    assert first.answered + then.answered > 0.97 * 25 * pace
    assert first.longest < 2.5, "even those that came before it was known"
    assert then.longest < 2 * TAKING_S
    assert then.refused > 1.9 * 20 * pace


def test_what_can_be_answered_is_never_refused() -> None:
    server = Server(pace=200)

    served = server.serve(rate=190, seconds=20)

    assert served.refused == 0


def test_the_more_is_refused_the_later_it_may_come_again() -> None:
    advice = {}
    for times in (2, 4, 100):
        server = Server(pace=100)
        server.serve(rate=times * 100, seconds=5)
        served = server.serve(rate=times * 100, seconds=5)
        advice[times] = sum(served.advice) / len(served.advice)

    assert RETRY_AFTER_S < advice[2] < advice[4] < advice[100] <= RETRY_AFTER_S_MAX
    assert advice[4] == pytest.approx(4 * RETRY_AFTER_S, rel=0.2)


def test_a_gate_closes_when_answers_come_more_slowly() -> None:
    server = Server(pace=300)
    server.serve(rate=290, seconds=5)

    server.pace = 100
    first = server.serve(rate=290, seconds=3)
    then = server.serve(rate=290, seconds=10)

    assert first.longest < 2.5, "well within a deadline, even before it was known"
    assert then.longest < 2 * TAKING_S
    assert first.answered + then.answered > 0.97 * 13 * 100


def test_a_gate_opens_again_within_five_seconds() -> None:
    server = Server(pace=20)
    server.serve(rate=500, seconds=10)

    server.pace = 1000
    server.serve(rate=500, seconds=5)
    served = server.serve(rate=900, seconds=5)

    assert served.refused == 0


def test_many_at_once_after_a_long_silence_are_all_let_in() -> None:
    server = Server(pace=20)
    server.serve(rate=500, seconds=10)
    server.serve(rate=0, seconds=600)

    served = server.serve(rate=200 / STEP_S, seconds=STEP_S)

    assert served.refused == 0
    assert server.gate.calls > 190


def test_a_few_slow_calls_shut_nobody_out() -> None:
    """A batch may take longer than calls do on average, and a lone one says nothing of a load."""
    server = Server(pace=2)

    server.serve(rate=1.9, seconds=60)

    assert server.gate.room == MOST


def test_however_slow_answers_are_some_calls_are_let_in() -> None:
    server = Server(pace=1)

    server.serve(rate=50, seconds=60)

    assert server.gate.calls == server.gate.room == LEAST


def test_streams_take_no_room_of_calls() -> None:
    server = Server(pace=100)
    for _ in range(500):
        server.gate.stream().__enter__()

    served = server.serve(rate=300, seconds=10)

    assert served.answered > 0.95 * 10 * 100


def test_calls_and_streams_together_have_an_end() -> None:
    gate = Gate(most=2, least=LEAST, taking_s=TAKING_S)
    gate.stream().__enter__()
    gate.call().__enter__()

    with pytest.raises(Overloaded):
        gate.stream().__enter__()
    with pytest.raises(Overloaded):
        gate.call().__enter__()
    assert gate.inside == 2
