"""Work that processes share ends when it is asked to."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_replacing import heed

SENDING = """
import sys
from dedupe.cli.signals import Ended, end_in_order, leave
from dedupe.processes import shared

class Last:
    def __reduce__(self):
        print("sending", flush=True)
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
    assert said == b""
