"""Share work among processes."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from dedupe.errors import DedupeError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Kept = TypeVar("Kept")
Sent = TypeVar("Sent")
Result = TypeVar("Result")

MOST_TRIES = 2
"""Processes that may end over one piece before it is given up."""

ENDED = (
    "a worker process ended before its work was done, and so did another one with the same work, perhaps for want of "
    "memory; ask for fewer --jobs"
)

PIPE_BYTES = 1 << 20
"""The size of a pipe, the largest that is allowed without privileges: a batch is then sent at once."""

PIECES_A_WORKER = 3
"""Pieces under way for each worker: one may take this many times longer than others before these wait for it."""


def keep_freed_memory() -> None:
    """Have the C library keep the memory of freed arrays for the next ones, in a process of the command.

    On Linux it returns the memory of large arrays to the system, and gets it again page by page, which takes a tenth of
    the time of a run. It keeps blocks no larger than the largest that was ever freed; this array is never touched and
    so costs nothing.
    """
    import numpy as np  # loaded already by whoever works on texts

    np.empty(1 << 23, np.uint8)


class WorkerError(DedupeError):
    """Processes ended over a piece of work."""


def shared(
    work: Callable[[Sent], Result],
    pieces: Iterable[tuple[Kept, Sent]],
    jobs: int,
    lost: Callable[[Kept], Result] | None = None,
) -> Iterator[tuple[Kept, Result]]:
    """Yield, for each (kept, sent) piece in order, what is kept here and the result of `work` on what is sent.

    Lazily: a few pieces are under way. For one job this process does the work. Workers end with this process, even when
    it is killed, and a caller that stops iterating does not wait for them. When a worker is killed, another one repeats
    its piece; `lost` gives the result of a piece over which two have ended, and without it that is a `WorkerError`.
    """
    if jobs == 1:
        for kept, sent in pieces:
            result = work(sent)
            del sent  # so that it is freed before the next is there
            yield kept, result
        return
    workers: list[_Worker] = []
    under_way: deque[tuple[Kept, _Worker]] = deque()
    try:
        for kept, sent in pieces:
            if len(workers) < jobs and all(worker.is_busy for worker in workers):
                workers.append(_Worker(work))
            under_way.append((kept, _assign(workers, sent)))
            del sent
            if len(under_way) > PIECES_A_WORKER * jobs:
                kept, worker = under_way.popleft()
                yield kept, worker.result(workers, kept, lost)
        while under_way:
            kept, worker = under_way.popleft()
            yield kept, worker.result(workers, kept, lost)
    except BaseException:
        for worker in workers:
            worker.kill()
        raise
    for worker in workers:
        worker.end()


class _Worker:
    """A worker process, as the process that assigns the work sees it.

    It gets a piece only when it waits for one, so that the two never wait for each other.
    """

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self._work = work
        self.is_busy = False
        self._piece: Any = b""
        self._tries = 0
        self._results: deque[Any] = deque()
        self._start()

    def _start(self) -> None:
        from multiprocessing import Pipe, Process  # 15 ms that only jobs cost

        requests, self._requests = Pipe(duplex=False)
        self.answers, answers = Pipe(duplex=False)
        for pipe in (requests, answers):
            _widen(pipe)
        self._process = Process(target=_serve, args=(self._work, requests, answers), daemon=True)
        self._process.start()
        requests.close()
        answers.close()  # so that the answers end when the process does

    def give(self, sent: object) -> None:
        """Send a piece to be worked on."""
        from multiprocessing.reduction import ForkingPickler  # loaded already

        self._piece, self._tries, self.is_busy = ForkingPickler.dumps(sent), 0, True
        self._send()

    def _send(self) -> None:
        self._tries += 1
        with suppress(BrokenPipeError):  # noticed when no answer comes
            self._requests.send_bytes(self._piece)

    def receive(self) -> None:
        """Receive a result; if the process has ended, start another one, which repeats the piece once."""
        try:
            self._results.append(self.answers.recv())
        except (EOFError, ConnectionError):
            self._process.join()
            self._start()
            if self.is_busy and self._tries < MOST_TRIES:
                self._send()
                return
            if self.is_busy:
                self._results.append((None, WorkerError(ENDED), ""))
        self.is_busy, self._piece = False, b""

    def result(self, workers: Sequence[_Worker], kept: Any, lost: Callable[[Any], Any] | None) -> Any:
        """Return its next result or raise its error; receive results of others meanwhile."""
        while not self._results:
            _receive(workers)
        result, error, trace = self._results.popleft()
        if isinstance(error, WorkerError) and lost is not None:
            return lost(kept)
        if error is not None:
            raise error from (RuntimeError(trace) if trace else None)
        return result

    def end(self) -> None:
        """Tell the process to end, and wait for it."""
        with suppress(BrokenPipeError):
            self._requests.send_bytes(b"")
        self._process.join()

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.join()


def _assign(workers: Sequence[_Worker], sent: object) -> _Worker:
    """Send a piece to the first worker that is not busy, and return that."""
    while (worker := next((worker for worker in workers if not worker.is_busy), None)) is None:
        _receive(workers)
    worker.give(sent)
    return worker


def _receive(workers: Sequence[_Worker]) -> None:
    """Wait until workers send results, and receive them."""
    from multiprocessing.connection import wait  # loaded already

    ready = wait([worker.answers for worker in workers])
    for worker in workers:
        if worker.answers in ready:
            worker.receive()


def _widen(pipe: Connection) -> None:
    with suppress(ImportError, AttributeError, OSError):  # only Linux can, and not where all pipes hold too much
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _serve(work: Callable[[Any], Any], requests: Connection, answers: Connection) -> None:
    """Work on each piece received, and send the result or the error, until told to end."""
    from multiprocessing.reduction import ForkingPickler  # loaded already

    _end_with_parent()
    keep_freed_memory()
    with suppress(EOFError, OSError):  # the parent has ended
        while message := requests.recv_bytes():
            answer: tuple[Any, Exception | None, str]
            try:
                answer = work(ForkingPickler.loads(message)), None, ""
            except Exception as error:
                from traceback import format_exc  # 5 ms that only an error costs

                answer = None, error, format_exc()
            answers.send(answer)


def _end_with_parent() -> None:
    """End this process when its parent ends, and ignore Ctrl-C, which reaches both."""
    from multiprocessing import connection, parent_process
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    parent = parent_process()

    def end_with(seconds: float | None = None) -> None:
        if parent is not None and connection.wait([parent.sentinel], seconds):
            os._exit(1)

    if hasattr(signal, "setitimer"):  # a second thread would have the C library lock its memory at every turn
        signal.signal(signal.SIGALRM, lambda *_: end_with(0))
        signal.setitimer(signal.ITIMER_REAL, 1, 1)
    else:
        Thread(target=end_with, daemon=True).start()
