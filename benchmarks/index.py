"""Measure the index that remembers: `python benchmarks/index.py WHAT articles.jsonl` (fields id, text, date, url).

WHAT: `file` (a million paragraphs, or `--paragraphs`), `recall`, `orders`, `kill`, `readers`, `full` (a full disk; as
root) or `redis` (beside datasketch's MinHashLSH in Redis; needs redis-server). Times are CPU of this process, unless it
says otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from dedupe import Deduper, Document, Options, open_index
from dedupe.errors import InputError
from dedupe.index import IndexSpec, Store
from dedupe.index.batch import index_batch
from dedupe.index.lookup import IndexState, look_up_all
from dedupe.index.maintenance import problems
from dedupe.index.memory import MemoryStore
from dedupe.text.tokens import words

BATCH = 512


def articles(path: str, copies: int = 1, step: int = 1) -> Iterator[Document]:
    """Yield the articles, then copies of them in which two words of three are others: as new as real ones."""
    for copy in range(copies):
        with Path(path).open(encoding="utf-8") as lines:
            for line in islice(lines, 0, None, step):
                one = json.loads(line)
                yield Document(
                    varied(one["text"], copy), f"{one['id']}-{copy}", one.get("date", ""), one.get("url", "")
                )


def varied(text: str, copy: int) -> str:
    """Return a text with two words of three spelt otherwise, the same way in the whole copy."""
    if not copy:
        return text
    return "\n".join(" ".join(_other(word, copy) for word in line.split(" ")) for line in text.split("\n"))


@lru_cache(1 << 16)  # a pure function, for the words of a copy
def _other(word: str, copy: int) -> str:
    number = zlib.crc32(word.encode())
    return f"{word}{chr(97 + (number + copy) % 26)}{copy}" if word and number % 3 else word


def edited(text: str, seed: int) -> str:
    """Return a text with one word of twelve replaced."""
    generator = random.Random(seed)
    return " ".join(f"x{seed}" if generator.random() < 1 / 12 else word for word in text.split(" "))


def batches(documents: Iterator[Document]) -> Iterator[list[Document]]:
    """Yield lists of documents."""
    while batch := list(islice(documents, BATCH)):
        yield batch


def timed(work: Callable[[], object]) -> float:
    """Return the CPU time of a piece of work."""
    start = time.process_time()
    work()
    return time.process_time() - start


def memory() -> int:
    """Return the most megabytes this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def measure_file(path: str, most: int = 1_000_000) -> None:
    """Fill a file with so many paragraphs; then ask it for articles, new and known ones, cold and warm."""
    folder = tempfile.mkdtemp()
    place = f"{folder}/large.index"
    fill(path, place, most)
    ask(path, place)
    shutil.rmtree(folder)


def fill(path: str, place: str, most: int) -> None:
    """Fill a file, and print what it takes each time that its paragraphs have doubled."""
    store = open_index(place, write=True)
    paragraphs, spent, slowest, next_print = 0, 0.0, 0.0, most / 32
    for batch in batches(articles(path, 1000)):
        begun = time.process_time()
        made = index_batch(batch, store.spec, added=0)
        store.add(made)
        took = time.process_time() - begun
        spent += took
        slowest = max(slowest, took)
        paragraphs += sum(len(entry.occurrences) for entry in made.documents)
        if paragraphs >= min(next_print, most):
            next_print *= 2
            size = os.path.getsize(place) / paragraphs
            print(
                f"{paragraphs} paragraphs: {paragraphs / spent:.0f}/s, {size:.0f} bytes each, {memory()} MB; "
                f"slowest batch of {BATCH} articles {slowest:.1f} s (it merged)"
            )
        if paragraphs >= most:
            break
    store.close()
    size = os.path.getsize(place) / paragraphs
    print(f"closed: {paragraphs} paragraphs, {size:.1f} bytes each")


def ask(path: str, place: str) -> None:
    """Ask a file for articles, new and known ones: first after the system has forgotten it, then again."""
    for name, copy in (("new", 7777), ("known", 0)):
        asked = [Document(varied(one.text, copy), f"q{one.id}") for one in articles(path, 1, 30)]
        forget(place)
        store = open_index(place)
        for state in ("cold", "warm"):
            wall, whole, index = [], [], []
            for one in asked:
                begun, begun_wall = time.process_time(), time.perf_counter()
                made = index_batch([one], store.spec)
                middle = time.process_time()
                look_up_all([IndexState(store, 1 << 62)], made, 0.5)
                index.append(1e3 * (time.process_time() - middle))
                whole.append(1e3 * (time.process_time() - begun))
                wall.append(1e3 * (time.perf_counter() - begun_wall))
            print(
                f"{name} articles, {state}: median {statistics.median(whole):.2f} ms, mean "
                f"{statistics.mean(whole):.2f} ms; in the index {statistics.median(index):.2f} and "
                f"{statistics.mean(index):.2f} ms; by the clock {statistics.median(wall):.2f} and "
                f"{statistics.mean(wall):.2f} ms"
            )
        store.close()
    print(f"{memory()} MB at the most")


def forget(place: str) -> None:
    """Have the system drop what it has read of a file."""
    with open(place, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def measure_recall(path: str) -> None:
    """Compare what the index proposes with all pairs, counted exactly."""
    documents = list(islice(articles(path), 2500))
    known, new = documents[:2000], documents[2000:]
    new += [Document(edited(one.text, at), f"e{at}") for at, one in enumerate(known[::4])]
    store = MemoryStore(IndexSpec.of(Options(), texts=False))
    for batch in batches(iter(known)):
        store.add(index_batch(batch, store.spec, added=0))
    numbers = sorted({number for document in store.documents() for number in document.paragraphs})
    held = {number: set(one.shingles.tolist()) for number, one in store.paragraphs(numbers).items()}
    postings: defaultdict[int, list[int]] = defaultdict(list)
    for number, shingles in held.items():
        for shingle in shingles:
            postings[shingle].append(number)
    pairs = found = asked = 0
    for document in new:
        made = index_batch([document], store.spec)
        proposed = set(zip(*(one.tolist() for one in store.propose(made.keys)), strict=True))
        for at in range(len(made.keys)):
            asked += 1
            mine = set(made.hashes[made.starts[at] : made.starts[at + 1]].tolist())
            shared = Counter(number for shingle in mine for number in postings.get(shingle, ()))
            for number, both in shared.items():
                if both >= 0.5 * (len(mine) + len(held[number]) - both):
                    pairs += 1
                    found += (at, number) in proposed
    print(
        f"{asked} paragraphs against {len(held)}: {pairs} pairs at Jaccard 0.5 and more, {found / pairs:.4f} proposed"
    )


def measure_orders(path: str) -> None:
    """Add 2,000 articles in three orders to memory, file and Redis; the findings must be the same."""
    documents = list(islice(articles(path), 2000))
    asked = [Document(edited(one.text, at), f"e{at}", url=one.url) for at, one in enumerate(documents[::5])]
    asked += list(islice(articles(path), 2000, 2200))
    header = IndexSpec.of(Options(), texts=True)
    with tempfile.TemporaryDirectory() as folder, Redis(folder) as server:
        answers = set()
        for order in range(3):
            random.Random(order).shuffle(documents)
            for kind in (":memory:", f"{folder}/{order}.index", f"{server.address}?index=order{order}"):
                store = MemoryStore(header) if kind == ":memory:" else open_index(kind, write=True, store_text=True)
                for batch in batches(iter(documents)):
                    store.add(index_batch(batch, header, added=0))
                reports = [report.to_dict() for report in Deduper(index=store).check_many(asked)]
                answers.add(json.dumps(reports, sort_keys=True))
                findings = [one for report in reports for one in report["findings"]]
                count = sum("first_seen" in one["original"] for one in findings)
                print(
                    f"order {order}, {kind.partition(':')[0].rpartition('/')[2] or 'memory'}: {count} found elsewhere"
                )
                store.close()
        print(f"{len(answers)} different answer{'s' * (len(answers) != 1)}")


WRITE = """
import sys
sys.path.insert(0, sys.argv[5])
from index import articles, batches
from itertools import islice
from dedupe import open_index
from dedupe.index import _segments
from dedupe.index.batch import index_batch
_segments.MIN_SEGMENT_PARAGRAPHS = 512
place, path, first, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
store = open_index(place, write=True, store_text=True)
documents = islice(articles(path, 9), first, None)
while batch := list(islice(documents, size)):
    store.add(index_batch(batch, store.spec))
    print(" ".join(one.id for one in batch), flush=True)
"""


def _writer(place: str, path: str, first: int, size: int) -> subprocess.Popen[str]:
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", WRITE, place, path, str(first), str(size), here]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _places(documents: list[Document], header: IndexSpec) -> dict[str, int]:
    return {entry.id: len(entry.occurrences) for entry in index_batch(documents, header).documents}


def measure_kills(path: str) -> None:
    """Kill a writer 100 times at random moments; the file must always open, whole, with all acknowledged."""
    generator = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        place = f"{folder}/an.index"
        held, acknowledged, lost, halves, bad = 0, set(), 0, 0, 0
        for kill in range(100):
            writer = _writer(place, path, held, 1 + kill % 20)
            assert writer.stdout is not None
            first = writer.stdout.readline()
            time.sleep(generator.uniform(0, 0.8))
            writer.send_signal(signal.SIGKILL)
            acknowledged |= set((first + writer.stdout.read()).split())
            writer.wait()
            store = open_index(place, write=True)
            entries = {entry.id: len(entry.occurrences) for entry in store.documents()}
            lost += len(acknowledged - set(entries))
            held = len(entries)
            expected = _places(list(islice(articles(path, 9), held + 40)), store.spec) if kill % 10 == 9 else {}
            halves += sum(expected.get(name, count) != count for name, count in entries.items())
            if kill % 10 == 9:
                bad += len(list(problems(store)))
                print(f"{kill + 1} kills, {held} documents: {lost} lost, {halves} half, {bad} problems")
            store.close()
        again = list(islice(articles(path, 9), held))
        store = open_index(place, write=True)
        for batch in batches(iter(again)):
            store.add(index_batch(batch, store.spec))
        whole = {entry.id: len(entry.occurrences) for entry in store.documents()} == _places(again, store.spec)
        print(
            f"after adding all of them again: {'whole' if whole else 'NOT WHOLE'}, "
            f"{len(list(problems(store)))} problems"
        )
        store.close()


READ = """
import sys, time
sys.path.insert(0, sys.argv[4])
from index import articles
from itertools import islice
from dedupe import open_index
from dedupe.index.batch import index_batch
from dedupe.index.lookup import IndexState, look_up_all
store = open_index(sys.argv[1])
known = {one.id: one for one in islice(articles(sys.argv[2], 1), 3000)}
end, asked, wrong, last = time.monotonic() + float(sys.argv[3]), 0, 0, 0
while time.monotonic() < end:
    position = store.next_number()
    wrong += position < last
    last = position
    for entry in store.documents():
        if entry.id in known and hash((entry.id, asked)) % 50 == 0:
            made = index_batch([known[entry.id]], store.spec)
            made = index_batch([type(known[entry.id])(known[entry.id].text, "asked")], store.spec)
            seen = look_up_all([IndexState(store, 1 << 62)], made, 0.5)
            wrong += len(entry.occurrences) != len(made.keys)
            wrong += not all(any(other.id == entry.id for one in row for other, _ in one.occurrences) or
                             sum(len(one.occurrences) for one in row) > 200 for row in seen)
            asked += 1
        if time.monotonic() > end:
            break
print(asked, wrong, last)
"""


def measure_readers(path: str) -> None:
    """Let a writer and three readers work for a minute."""
    with tempfile.TemporaryDirectory() as folder:
        place = f"{folder}/an.index"
        open_index(place, write=True, store_text=True).close()
        writer = _writer(place, path, 0, 8)
        here = str(Path(__file__).parent)
        command = [sys.executable, "-c", READ, place, path, "60", here]
        readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        said = [reader.communicate()[0].split() for reader in readers]
        writer.kill()
        assert writer.stdout is not None
        written = len(writer.stdout.read().split())
        writer.wait()
        store = open_index(place)
        print(
            f"{written} articles written; readers asked {[one[0] for one in said]} times, "
            f"wrong {[one[1] for one in said]}"
        )
        print(f"afterwards {len(list(problems(store)))} problems")
        store.close()


def measure_full(path: str) -> None:
    """Fill a small disk; what was acknowledged must be there, and room must help."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], check=True)
        try:
            store = open_index(f"{folder}/an.index", write=True)
            names: list[str] = []
            try:
                for batch in batches(articles(path)):
                    for at in range(0, len(batch), 32):
                        store.add(index_batch(batch[at : at + 32], store.spec))
                        names += [one.id for one in batch[at : at + 32]]
            except InputError as error:
                print(str(error).replace(folder, "DISK"))
            store.close()
            store = open_index(f"{folder}/an.index")
            held = {entry.id for entry in store.documents()}
            print(f"{len(names)} acknowledged, {len(set(names) - held)} lost, {len(list(problems(store)))} problems")
            store.close()
            subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)
            store = open_index(f"{folder}/an.index", write=True)
            store.add(index_batch(list(islice(articles(path), len(names), len(names) + 32)), store.spec))
            print(f"with more room: {store.stats().documents} documents")
            store.close()
        finally:
            subprocess.run(["umount", folder], check=True)


class Redis:
    """A Redis server of its own."""

    def __init__(self, folder: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.command = ["redis-server", "--port", str(self.port), "--save", "", "--dir", folder]

    def __enter__(self) -> Redis:
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        self.address = f"redis://127.0.0.1:{self.port}/0"
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def used(self) -> int:
        """Return the bytes the server's data takes."""
        import redis

        return int(redis.Redis(port=self.port).info("memory")["used_memory"])

    def cpu(self) -> float:
        """Return the CPU seconds the server has used."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_redis(path: str) -> None:
    """Put 1,000 articles into Redis and ask for 100, with this index and with datasketch's MinHashLSH."""
    documents = list(islice(articles(path), 1100))
    known, asked = documents[:1000], documents[1000:]
    for name, work in (("dedupe", _ours), ("datasketch", _theirs)):
        with tempfile.TemporaryDirectory() as folder, Redis(folder) as server:
            before, server_before = server.used(), server.cpu()
            begun, wall = time.process_time(), time.monotonic()
            paragraphs, ask = work(server, known)
            client, server_spent = time.process_time() - begun, server.cpu() - server_before
            rate = paragraphs / (client + server_spent)
            size = (server.used() - before) / paragraphs
            took = time.monotonic() - wall
            each = []
            for one in asked:
                begun_wall = time.monotonic()
                ask(one)
                each.append(1e3 * (time.monotonic() - begun_wall))
            print(
                f"{name}: {paragraphs} paragraphs, {rate:.0f}/s CPU of both sides ({paragraphs / took:.0f}/s wall), "
                f"{size:.0f} bytes each, {statistics.median(each):.1f} ms wall an article (median)"
            )
    with tempfile.TemporaryDirectory() as folder, Redis(folder) as server:
        _measure_removal(server, known)


def _measure_removal(server: Redis, known: list[Document]) -> None:
    """Put a paragraph a document, and whole articles, into Redis and remove all of them."""
    lines = [line for one in known for line in one.text.split("\n") if line.strip()][:10_000]
    single = [Document(line, f"line {number}") for number, line in enumerate(lines)]
    for name, documents in (("a paragraph each", single), ("articles", known)):
        store: Store = open_index(f"{server.address}?index=removed", write=True)
        for batch in batches(iter(documents)):
            store.add(index_batch(batch, store.spec, added=0))
        paragraphs = store.stats().paragraphs
        begun = time.monotonic()
        count = store.remove([one.id for one in documents])
        took = time.monotonic() - begun
        print(f"removed {name}: {count / took:.0f} documents/s wall, {paragraphs / took:.0f} paragraphs/s")
        store.close()


def _ours(server: Redis, known: list[Document]) -> tuple[int, Callable[[Document], object]]:
    store: Store = open_index(f"{server.address}?index=a", write=True)
    for batch in batches(iter(known)):
        store.add(index_batch(batch, store.spec, added=0))
    count = store.stats().paragraphs
    return count, lambda one: look_up_all([IndexState(store, 1 << 62)], index_batch([one], store.spec), 0.5)


def _theirs(server: Redis, known: list[Document]) -> tuple[int, Callable[[Document], object]]:
    from datasketch import MinHash, MinHashLSH

    storage = {"type": "redis", "basename": b"theirs", "redis": {"host": "127.0.0.1", "port": server.port}}
    lsh = MinHashLSH(threshold=0.5, num_perm=128, storage_config=storage)

    def sketches(document: Document) -> Iterator[tuple[str, MinHash]]:
        for number, line in enumerate(document.text.split("\n")):
            said = words(line)
            if said:
                sketch = MinHash(num_perm=128)
                padded = ["", *said, ""]
                sketch.update_batch([" ".join(padded[at : at + 3]).encode() for at in range(len(said))])
                yield f"{document.id}:{number}", sketch

    count = 0
    with lsh.insertion_session(buffer_size=5000) as session:
        for document in known:
            for key, sketch in sketches(document):
                session.insert(key, sketch)
                count += 1
    return count, lambda one: [lsh.query(sketch) for _, sketch in sketches(one)]


MEASURES = {
    "file": measure_file,
    "recall": measure_recall,
    "orders": measure_orders,
    "kill": measure_kills,
    "readers": measure_readers,
    "full": measure_full,
    "redis": measure_redis,
}

if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=MEASURES)
    parser.add_argument("articles")
    parser.add_argument("--paragraphs", type=int, default=1_000_000, help="of `file`")
    given = parser.parse_args()
    if given.what == "file":
        measure_file(given.articles, given.paragraphs)
    else:
        MEASURES[given.what](given.articles)
