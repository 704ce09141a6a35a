"""Work that several processes share."""

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

TRIES = 2
"""Processes that may end over one piece before it is given up."""

ENDED = (
    "a worker process ended before its work was done, and so did another one with the same work, perhaps for want of "
    "memory; ask for fewer --jobs"
)

PIPE = 1 << 20
"""Bytes a pipe is to hold, the most that anybody may ask for: a batch goes at once then, not in sixteen turns."""

AHEAD = 3
"""Pieces under way for each worker: so many times longer than others may one take before these wait for it."""


class WorkerError(DedupeError):
    """Say that processes ended over a piece of work."""


def shared(
    work: Callable[[Sent], Result],
    over: Iterable[tuple[Kept, Sent]],
    jobs: int,
    lost: Callable[[Kept], Result] | None = None,
) -> Iterator[tuple[Kept, Result]]:
    """Yield what is kept here of each piece with what came of what was sent, in order; lazily, a few are under way.

    For one job this process works itself. Workers end with this process, even when it is killed: they would go on
    beside the run that takes the work up again. Whoever stops asking does not wait for them. When a worker is killed,
    another one takes up its piece; `lost` gives the result of a piece over which two have ended, and without it that is
    a `WorkerError`.
    """
    if jobs == 1:
        for kept, sent in over:
            result = work(sent)
            del sent  # not to be held until the next is there
            yield kept, result
        return
    workers: list[_Worker] = []
    under_way: deque[tuple[Kept, _Worker]] = deque()
    try:
        for kept, sent in over:
            if len(workers) < jobs and all(worker.is_busy for worker in workers):
                workers.append(_Worker(work))
            under_way.append((kept, _given(workers, sent)))
            del sent
            if len(under_way) > AHEAD * jobs:
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
    """A process that works on one piece after the other, seen from the one that gives them.

    It is given a piece when it waits for one, so neither can wait for the other for ever, however much they send.
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
        """Take in what it sends; if it has ended, start another process, which takes up its piece once."""
        try:
            self._results.append(self.answers.recv())
        except (EOFError, ConnectionError):
            self._process.join()
            self._start()
            if self.is_busy and self._tries < TRIES:
                self._send()
                return
            if self.is_busy:
                self._results.append((None, WorkerError(ENDED), ""))
        self.is_busy, self._piece = False, b""

    def result(self, workers: Sequence[_Worker], kept: Any, lost: Callable[[Any], Any] | None) -> Any:
        """Return its next result or raise its error; what others send meanwhile is taken in."""
        while not self._results:
            _receive(workers)
        result, error, trace = self._results.popleft()
        if isinstance(error, WorkerError) and lost is not None:
            return lost(kept)
        if error is not None:
            raise error from (RuntimeError(trace) if trace else None)
        return result

    def end(self) -> None:
        """Let the process end, now that it has nothing to do."""
        with suppress(BrokenPipeError):
            self._requests.send_bytes(b"")
        self._process.join()

    def kill(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.join()


def _given(workers: Sequence[_Worker], sent: object) -> _Worker:
    """Give a piece to the first worker that waits for one, and return that."""
    while (worker := next((worker for worker in workers if not worker.is_busy), None)) is None:
        _receive(workers)
    worker.give(sent)
    return worker


def _receive(workers: Sequence[_Worker]) -> None:
    """Wait until workers send something, and take it in."""
    from multiprocessing.connection import wait  # loaded already

    ready = wait([worker.answers for worker in workers])
    for worker in workers:
        if worker.answers in ready:
            worker.receive()


def _widen(pipe: Connection) -> None:
    with suppress(ImportError, AttributeError, OSError):  # only Linux can, and not where all pipes hold too much
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE)


def _serve(work: Callable[[Any], Any], requests: Connection, answers: Connection) -> None:
    """Work on what comes, and send back the result or the error, until nothing more is to come."""
    from multiprocessing.reduction import ForkingPickler  # loaded already

    _end_with_parent()
    with suppress(EOFError, OSError):  # nobody is there any longer
        while message := requests.recv_bytes():
            answer: tuple[Any, Exception | None, str]
            try:
                answer = work(ForkingPickler.loads(message)), None, ""
            except Exception as error:
                from traceback import format_exc  # 5 ms that only an error costs

                answer = None, error, format_exc()
            answers.send(answer)


def _end_with_parent() -> None:
    """Let this process end when the one that started it has, and not by a Ctrl-C, which reaches both."""
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
