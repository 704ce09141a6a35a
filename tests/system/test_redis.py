"""An index in a real Redis server, shared by workers."""

import os
import pickle
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import datasketch
import pytest
import redis

import dedupe
from dedupe.errors import InputError
from dedupe.index import IndexSpec
from dedupe.index.batch import index_batch
from dedupe.index.maintenance import problems
from dedupe.index.memory import MemoryStore
from dedupe.index.redis import RedisStore
from tests.known import check_kind, check_promises, documents, findings_of, own, queries

ROOT = Path(__file__).parent.parent.parent
SPEC = IndexSpec.of(dedupe.Options(), texts=True)
PASSWORD = "correct-horse"


class Server:
    """A Redis server of the test's own, without persistence."""

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.command = ["redis-server", "--port", str(self.port), "--save", "", "--dir", str(folder), *options]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return
            except OSError:
                time.sleep(0.02)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def address(self, name: str, user: str = "") -> str:
        return f"redis://{user}127.0.0.1:{self.port}/0?index={name}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("redis"))
    yield running
    running.stop()


def test_a_store_in_redis_keeps_its_promises(server: Server) -> None:
    check_kind(lambda spec: RedisStore(server.address("claims[1]"), spec))


def test_the_texts_of_a_list_are_kept_in_redis(server: Server, tmp_path: Path) -> None:
    texts = [("a", "The night ferry sails again on Friday."), ("b", "A dog barks."), ("c", "")]
    with dedupe.Index(server.address("texts"), 0.6) as index:
        assert index.add(texts) == len(index) == 3
        assert index.remove(["b"]) == 1
    with dedupe.Index.load(server.address("texts")) as again:
        assert again.query("the night ferry sails again on Friday!") == [("a", 1.0)]
        assert again.query("A dog barks.") == []
        again.save(tmp_path / "texts.index")
    with dedupe.Index.load(tmp_path / "texts.index") as copy:
        assert copy.query(" ") == [("c", 1.0)]


def test_an_lsh_of_datasketch_whose_buckets_are_in_redis_keeps_the_promises_of_a_store(server: Server) -> None:
    for prepickle in (True, False):
        place = {"type": "redis", "basename": b"lsh%d" % prepickle, "redis": {"host": "127.0.0.1", "port": server.port}}
        lsh = datasketch.MinHashLSH(num_perm=128, params=(35, 3), storage_config=place, prepickle=prepickle)
        check_promises(dedupe.open_index(lsh, store_text=True))
        second = datasketch.MinHashLSH(num_perm=128, params=(35, 3), storage_config=place)
        with pytest.raises(dedupe.OptionError, match="holds keys already"):
            dedupe.open_index(second)
        for storage in (lsh.keys, *lsh.hashtables, second.keys, *second.hashtables):
            storage._redis.close()


def test_memory_and_redis_answer_the_same_in_any_order(server: Server) -> None:
    answers = []
    for order in range(3):
        shuffled = documents()
        random.Random(order).shuffle(shuffled)
        for store in (MemoryStore(SPEC), RedisStore(server.address(f"order{order}"), SPEC)):
            for at in range(0, len(shuffled), 7):
                store.add(index_batch(shuffled[at : at + 7], SPEC, added=0))
            answers.append(findings_of(store, queries()))
            store.close()
    assert all(answer == answers[0] for answer in answers)


def test_workers_share_an_index_and_lose_nothing(server: Server) -> None:
    """Four workers write at once, some of them the same documents: each is in the index once, completely."""

    def work(number: int) -> None:
        store = RedisStore(server.address("shared"), SPEC)
        for at in range(40):
            document = dedupe.Document(f"{own(at)}\n\n{own(1000 + at)}", f"d{at if at % 4 else f'{number}-{at}'}")
            store.add(index_batch([document], SPEC))
        store.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = RedisStore(server.address("shared"))
    assert store.stats().documents == 30 + 4 * 10
    assert store.stats().paragraphs == 2 * 70
    assert list(problems(store)) == []
    store.close()


class Trap:
    """Whoever unpickles this makes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (self.path, "w")


def test_a_planted_pickle_is_never_loaded(server: Server, tmp_path: Path) -> None:
    trap = pickle.dumps(Trap(str(tmp_path / "sprung")))
    trap += b"." * (1 - len(trap) % 2)  # of a length that four divides it would be numbers of documents, in "m"
    client = redis.Redis(port=server.port)
    for kind in ("c", "d", "i", "h", "next", "b", "m", "header"):
        name = f"trap-{kind}"
        store = RedisStore(server.address(name), SPEC)
        store.add(index_batch([*documents(8), documents()[3]], SPEC, added=0))
        prefix = f"dedupe:{{{name}}}:"
        if kind in ("b", "m"):
            for key in client.keys(f"{prefix}{kind}:*"):
                client.set(key, trap)
        elif kind == "header":
            client.set(f"{prefix}header", trap)
        else:
            for field in client.hkeys(f"{prefix}{kind}"):
                client.hset(f"{prefix}{kind}", field, trap)

        def use(address: str = server.address(name)) -> None:
            fresh = RedisStore(address)
            findings_of(fresh, queries())
            fresh.add(index_batch(documents(8), SPEC, added=0))
            list(problems(fresh))
            fresh.remove(["d001"])

        if kind in ("b", "h"):  # an entry that collides finds no paragraph; counts are read as numbers
            with suppress(InputError):
                use()
        else:
            with pytest.raises(InputError, match=r"damaged|answered with an error"):
                use()
    assert not (tmp_path / "sprung").exists()


def test_another_scheme_and_a_missing_index_are_sentences(server: Server) -> None:
    with pytest.raises(InputError, match="there is no index 'nothing'"):
        dedupe.open_index(server.address("nothing"))
    client = redis.Redis(port=server.port)
    client.set("dedupe:{other}:header", SPEC.to_json().replace(SPEC.scheme, "legacy"))
    with pytest.raises(InputError, match="made with the scheme 'legacy'"):
        dedupe.open_index(server.address("other"), write=True)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dedupe", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_passwords_are_never_shown(tmp_path: Path) -> None:
    guarded = Server(tmp_path, "--requirepass", PASSWORD)
    article = str(ROOT / "fixtures/articles/ferry.txt")
    try:
        good = guarded.address("a", f":{PASSWORD}@")
        done = [
            run("index", "add", article, "--index", good),
            run("index", "stats", "--index", good),
            run("check", article, "--index", good),
            run("settings", DEDUPE_INDEX=good),
            run("index", "stats", "--index", guarded.address("a", f":{PASSWORD}x@")),
            run("index", "stats", "--index", guarded.address("a")),
            run("index", "stats", "--index", f"redis://:{PASSWORD}@127.0.0.1:no/0"),
            run("index", "stats", "--index", f"redis://127.0.0.1:{guarded.port}/0?index=a&password={PASSWORD}x"),
        ]
    finally:
        guarded.stop()
    done.append(run("index", "stats", "--index", good))
    assert [one.returncode for one in done] == [0, 0, 1, 0, 2, 2, 2, 2, 2], [one.stderr for one in done]
    for one in done:
        assert PASSWORD not in one.stdout + one.stderr
        assert "Traceback" not in one.stderr
    assert "wants another user or password" in done[4].stderr
    assert "cannot be reached" in done[-1].stderr


def test_redis_dying_in_the_middle_is_a_sentence_or_if_wanted_no_obstacle(tmp_path: Path) -> None:
    mortal = Server(tmp_path)
    store = RedisStore(mortal.address("a"), SPEC)
    strict, easy = (dedupe.Deduper(index=store, index_optional=optional) for optional in (False, True))
    strict.add([("first", own(1))])
    for deduper in (strict, easy):
        assert deduper.check(("x", own(1))).findings[0].original.document == "first"
    mortal.stop()
    with pytest.raises(InputError, match="Redis cannot be reached"):
        strict.check(("x", own(1)))
    text = f"{own(1)}\n\n{own(1)}\n\n{own(2)}"
    reports = list(easy.check_many([("x", text), ("y", text)], remember=True))
    assert [report.text for report in reports] == [f"{own(1)}\n\n{own(2)}"] * 2
    assert not any(finding.original.first_seen for report in reports for finding in report.findings)


def test_a_crawl_goes_on_when_redis_dies(tmp_path: Path) -> None:
    """The pipeline's items before and after; without index_optional each item after is an error, and passes."""
    from scrapy.utils.test import get_crawler

    from dedupe.integrations.scrapy import DedupePipeline

    for optional in (True, False):
        mortal = Server(tmp_path)
        crawler = get_crawler(settings_dict={"DEDUPE_INDEX": mortal.address("a"), "DEDUPE_INDEX_OPTIONAL": optional})
        pipeline = DedupePipeline.from_crawler(crawler)
        pipeline.stats = crawler.stats
        item = {"url": "https://a.example/1", "text": f"{own(1)}\n\n{own(1)}"}
        known, report = pipeline._check_with_index(dedupe.Document(item["text"], item["url"]))
        assert not known
        mortal.stop()
        known, report = pipeline._check_with_index(dedupe.Document(item["text"], f"{item['url']}/b"))
        after = pipeline._finish(dict(item), "b", report)
        assert after["text"] == (own(1) if optional else item["text"])
        assert crawler.stats.get_value("dedupe/errors", 0) == (0 if optional else 1)
        pipeline.close_spider()


def test_threads_share_an_index(server: Server) -> None:
    """Of equal documents that they remember one is the first; all are there, and nothing is damaged."""
    with dedupe.open_index(server.address("threads"), write=True, store_text=True) as index:
        deduper = dedupe.Deduper(index=index)
        with ThreadPoolExecutor(8) as pool:
            reports = list(pool.map(lambda number: deduper.check((str(number), own(1)), remember=True), range(24)))
        assert sorted(bool(report.findings) for report in reports) == [False] + [True] * 23
        assert index.stats().documents == 24
        assert list(index.problems()) == []
