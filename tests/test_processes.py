"""Work that processes share comes back in order, and ends when it is asked to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from dedupe._concurrency import shared
from dedupe.cli.signals import WHOLE
from dedupe.errors import DedupeError
from tests.io.test_replacing import heed

LARGE = 1 << 22  # bytes: more than any pipe holds


def numbers() -> Iterator[tuple[int, int]]:
    return ((number, number) for number in range(21))


def doubled(sent: bytes) -> bytes:
    return sent + sent


def halved(number: int) -> float:
    return 1 / (20 - number)


def ended(number: int) -> str | None:
    if number == 20:
        os._exit(3)
    return None


def test_results_come_in_order_beside_what_was_kept_however_much_is_sent() -> None:
    sent = [bytes([number]) * (LARGE if number % 3 else 1) for number in range(20)]
    assert list(shared(doubled, enumerate(sent), 3)) == [(number, one + one) for number, one in enumerate(sent)]


def test_an_error_comes_in_its_turn_with_its_trace() -> None:
    got = shared(halved, numbers(), 2)
    assert [next(got)[0] for _ in range(20)] == list(range(20))
    with pytest.raises(ZeroDivisionError) as caught:
        next(got)
    assert "in halved" in str(caught.value.__cause__)


def ended_once(folder: Path, number: int) -> int:
    if number % 7 == 3:
        try:
            (folder / str(number)).touch(exist_ok=False)
        except FileExistsError:
            return number
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_piece_over_which_two_workers_end_is_given_up() -> None:
    with pytest.raises(DedupeError, match="ended before its work was done"):
        list(shared(ended, numbers(), 2))


def test_another_worker_takes_up_the_piece_of_one_that_is_killed(tmp_path: Path) -> None:
    assert list(shared(partial(ended_once, tmp_path), numbers(), 2)) == list(numbers())
    assert len(list(tmp_path.iterdir())) == 3


def test_the_others_are_done_when_a_piece_is_lost() -> None:
    got = list(shared(ended, numbers(), 2, lost=str))
    assert got == [(number, None) for number in range(20)] + [(20, "20")]


def test_whoever_stops_asking_leaves_no_process_behind() -> None:
    from multiprocessing import active_children

    got = shared(halved, numbers(), 2)
    next(got)
    assert active_children()
    got.close()  # type: ignore[attr-defined]  # a generator
    assert not active_children()


SENDING = """
import os
import sys
from dedupe.cli.signals import Ended, end_in_order, leave
from dedupe._concurrency import shared

class Last:
    def __reduce__(self):
        os.write(1, b"sending\\n")
        return str, ()

def work(size):
    return bytes(size), Last()

if __name__ == "__main__":
    end_in_order()
    try:
        for _ in shared(work, [(number, 1 << 27) for number in range(8)], 2):
            pass
    except Ended as ended:
        leave(ended)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_run_ends_while_workers_send_much(tmp_path: Path, number: signal.Signals) -> None:
    script = tmp_path / "sending.py"
    script.write_text(SENDING)
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heed
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"sending\n"  # and is about to, 128 MB
    process.send_signal(number)
    try:
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 128 + number
    assert said.decode().count("\n") == 1
    assert WHOLE in said.decode()
