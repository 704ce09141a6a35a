"""A standalone cluster of Spark on this machine: one master and two workers of one core."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def standalone(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a master and two workers, with logs below a folder; give the master's address and the workers."""
    import pyspark

    spark_class = str(Path(pyspark.__file__).parent / "bin/spark-class")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"spark://127.0.0.1:{port}"
    log = open(folder / "cluster.log", "wb")  # noqa: SIM115  closed below
    place = ["--host", "127.0.0.1", "--webui-port", "0"]

    def start(role: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [spark_class, f"org.apache.spark.deploy.{role}", *place, *arguments]
        return subprocess.Popen(command, env=dict(environment), stdout=log, stderr=log, start_new_session=True)

    started = [start("master.Master", "--port", str(port))]
    try:
        for number in range(2):
            work = ["--cores", "1", "--memory", "1g", "--work-dir", str(folder / f"work{number}"), address]
            started.append(start("worker.Worker", *work))
        until = time.monotonic() + 120
        while (folder / "cluster.log").read_bytes().count(b"Successfully registered with master") < 2:
            assert time.monotonic() < until, (folder / "cluster.log").read_text()[-2000:]
            time.sleep(0.2)
        yield address, started[1:]
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()
