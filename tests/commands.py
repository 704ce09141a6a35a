"""The command, run in a process of its own that need not load it anew: that is most of the CPU of thousands of runs.

A server that has loaded `dedupe` forks a child for each command, which goes on as if `python -m dedupe` had been
started: with arguments, environment, folder and pipes of its own. What Python reads when it starts (`PYTHONPATH`, the
locale) is as it was for the server, so a command that wants it otherwise is started from nothing. Faults are planted
into the child; its workers are started from nothing, and plant theirs by themselves.
"""

from __future__ import annotations

import atexit
import gc
import os
import pickle
import pkgutil
import runpy
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock, Thread

from tests.faults import FAULTS, plant

ROOT = Path(__file__).parent.parent

OF_THE_START = ("PYTHON", "LC_", "LANG", "MALLOC", "OMP_", "OPENBLAS_", "LD_")
"""How variables begin that are read when Python or a library starts."""

UNLOADED = (
    "dedupe.__main__",
    "dedupe.corpus.spark._batches",
    "dedupe.corpus.spark._decisions",
    "dedupe.corpus.spark._jobs",
    "dedupe.corpus.spark._lookups",
    "dedupe.corpus.spark._sharing",
    "dedupe.corpus.spark._steps",
    "dedupe.corpus.spark._tasks",
    "dedupe.integrations",
    "dedupe.training",
)
"""Modules that a server does not load, nor what is below: other programs, and what needs much."""

Completed = subprocess.CompletedProcess[bytes]


def run(*arguments: object, stdin: str | bytes = b"", **environment: str) -> Completed:
    """Run the command; return its exit status and what it printed."""
    given = [os.fsencode(one if isinstance(one, str | bytes | os.PathLike) else str(one)) for one in arguments]
    data = stdin.encode() if isinstance(stdin, str) else stdin
    wanted = {**os.environ, **environment}
    if of_the_start(wanted) == server().environment or FAULTS in environment:
        return server().run(given, data, wanted)
    command = [os.fsencode(sys.executable), b"-m", b"dedupe", *given]
    return subprocess.run(command, input=data, capture_output=True, check=False, env=wanted)


def of_the_start(environment: dict[str, str]) -> dict[str, str]:
    """Return the variables that are read when Python or a library starts."""
    return {name: value for name, value in environment.items() if name.startswith(OF_THE_START)}


@cache
def server() -> Server:
    """Return the server of this process."""
    return Server()


class Server:
    """A process that has loaded the command, and the socket on which it is told what to run."""

    def __init__(self) -> None:
        self.environment = of_the_start(dict(os.environ))
        self.lock = Lock()
        self.socket, theirs = socket.socketpair()
        # Its own standard streams are pipes as those of the commands will be: that they cannot be sought is noted once.
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"from tests.commands import serve; serve({theirs.fileno()})"],
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        theirs.close()
        atexit.register(self.close)

    def close(self) -> None:
        """End the process."""
        self.socket.close()
        self.process.communicate()

    def run(self, arguments: list[bytes], data: bytes, environment: dict[str, str]) -> Completed:
        """Run a command in a child of the server, one at a time."""
        with self.lock:
            return self._run(arguments, data, environment)

    def _run(self, arguments: list[bytes], data: bytes, environment: dict[str, str]) -> Completed:
        (theirs_in, ours_in), (ours_out, theirs_out), (ours_err, theirs_err) = (os.pipe() for _ in range(3))
        os.umask(umask := os.umask(0))
        message = pickle.dumps((arguments, environment, os.getcwdb(), umask))
        socket.send_fds(self.socket, [len(message).to_bytes(8, "little")], [theirs_in, theirs_out, theirs_err])
        self.socket.sendall(message)
        for one in (theirs_in, theirs_out, theirs_err):
            os.close(one)
        printed: dict[int, bytes] = {}
        threads = [Thread(target=_write, args=(ours_in, data))]
        threads += [Thread(target=_read, args=(one, printed)) for one in (ours_out, ours_err)]
        for thread in threads:
            thread.start()
        status = self.socket.recv(8)
        for thread in threads:
            thread.join()
        if not status:
            raise RuntimeError(self.process.communicate()[1].decode())
        code = int.from_bytes(status, "little", signed=True)
        return subprocess.CompletedProcess(arguments, code, printed[ours_out], printed[ours_err])


def _write(descriptor: int, data: bytes) -> None:
    with suppress(BrokenPipeError), open(descriptor, "wb") as pipe:  # a command need not read to the end
        pipe.write(data)


def _read(descriptor: int, printed: dict[int, bytes]) -> None:
    with open(descriptor, "rb") as pipe:
        printed[descriptor] = pipe.read()


def serve(descriptor: int) -> None:
    """Run the commands that come over a socket; each in a child, in which this ends as the command does."""
    told = socket.socket(fileno=descriptor)
    _load("dedupe")
    for name in _loaded_by("check", str(ROOT / "fixtures/articles/ferry.txt")):
        with suppress(ImportError):  # of names that are no modules to be found
            import_module(name)
    gc.collect()
    gc.freeze()
    while True:
        size, given, _, _ = socket.recv_fds(told, 8, 3)
        if not size:
            return
        message = b""
        while len(message) < int.from_bytes(size, "little"):
            message += told.recv(1 << 20)
        if child := os.fork():
            for one in given:
                os.close(one)
            _, status = os.waitpid(child, 0)
            told.sendall(os.waitstatus_to_exitcode(status).to_bytes(8, "little", signed=True))
        else:
            told.close()
            _become(given, *pickle.loads(message))
            os._exit(_ended())


def _ended() -> int:
    """Run the command; return its exit status once all is done that Python does at its end but for taking apart what is
    loaded. That would touch, and so copy, every object of the server: half of the CPU of a command.
    """
    status = 0
    try:
        runpy.run_module("dedupe", run_name="__main__", alter_sys=True)
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            status = 120  # as Python says that output was lost
    return status


def _load(name: str) -> None:
    """Import a package and all below that a command may load."""
    package = import_module(name)
    for module in pkgutil.iter_modules(package.__path__, f"{name}."):
        if module.name not in UNLOADED:
            _load(module.name) if module.ispkg else import_module(module.name)


def _loaded_by(*arguments: str) -> list[str]:
    """Return the modules that are loaded once a command is done: libraries load some of theirs late."""
    read_options, writing = os.pipe()
    if child := os.fork():
        os.close(writing)
        with open(read_options, encoding="utf-8") as pipe:
            names = pipe.read().split()
        os.waitpid(child, 0)
        return names
    sys.argv[1:] = arguments
    with suppress(SystemExit):
        runpy.run_module("dedupe", run_name="__main__", alter_sys=True)
    with open(writing, "w", encoding="utf-8") as pipe:
        pipe.write("\n".join(sys.modules))
    os._exit(0)


def _become(given: list[int], arguments: list[bytes], environment: dict[str, str], folder: bytes, umask: int) -> None:
    """Take on what a command starts with."""
    for number, one in enumerate(given):
        os.dup2(one, number)
        os.close(one)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    os.umask(umask)
    time.tzset()
    sys.argv[1:] = map(os.fsdecode, arguments)
    if FAULTS in environment:
        plant(*environment[FAULTS].split(","))
