"""A site on this machine, for crawls."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serve(folder: Path, pages: Sequence[Sequence[str]]) -> Iterator[str]:
    """Give the address of a site of a folder, whose page N, `N.html`, has these paragraphs."""
    for number, paragraphs in enumerate(pages):
        body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        (folder / f"{number}.html").write_text(f"<!doctype html><meta charset=utf-8>{body}", "utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
