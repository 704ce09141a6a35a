"""Check the promises on corpora and on mutations of their texts, in the library and through `clean` in each format.

    python benchmarks/quality.py mutations articles.jsonl.xz web-pages.tar.xz --mutations 100000 --each-format 2000

Reads JSON lines with the fields `text` and `gold`, and archives of HTML pages. A mutation is a stretch of a text, cut,
doubled, shuffled, glued or strewn with odd characters; the seed makes them the same each time. Counts exceptions,
broken promises (what stays is byte-identical, originals stay, twice is once), texts left for a sentence, and texts over
the time bound; the exit status is 1 if there is an exception or a broken promise.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import lzma
import random
import subprocess
import sys
import tarfile
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import dedupe
from benchmarks._timing import environment
from dedupe.text.paragraphs import lines

SECONDS, EACH = 0.1, 50e-6
"""CPU seconds that a text may take, and as many for each of its characters."""

ODD = "\0\x07\x0b\x1c\x85\u2028\u200b\ufeff\u0301\u0316\u202e\ufb01\ufdfa\U0001f600\t\r"
SURROGATES = "\ud800\udfff"

Change = Callable[[random.Random, str], str]


def _cut(chance: random.Random, text: str) -> str:
    one, other = sorted(chance.choices(range(len(text) + 1), k=2))
    return text[:one] + text[other:]


def _shuffled(chance: random.Random, text: str) -> str:
    rows = text.split("\n")
    chance.shuffle(rows)
    return "\n".join(rows)


def _swapped(chance: random.Random, text: str) -> str:
    letters = list(text)
    for _ in range(1 + len(letters) // 100):
        if len(letters) > 1:
            at = chance.randrange(len(letters) - 1)
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def _strewn(chance: random.Random, text: str) -> str:
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(text))
        text = text[:at] + chance.choice(ODD) * chance.randint(1, 3) + text[at:]
    return text


def _with_surrogates(chance: random.Random, text: str) -> str:
    at = chance.randint(0, len(text))
    return text[:at] + chance.choice(SURROGATES) + text[at:]


def _spaced(chance: random.Random, text: str) -> str:
    return text.replace(" ", chance.choice(["  ", "\u00a0", "\t", " \u200b"])).replace(
        "\n", chance.choice(["\n", "\r\n", "\r", "\n\n", " \n", "\n \n\t"])
    )


CHANGES: dict[str, Change] = {
    "as it was": lambda chance, text: text,
    "cut": _cut,
    "doubled": lambda chance, text: text + chance.choice(["\n", "\n\n", "\r\n", " ", ""]) + text,
    "lines shuffled": _shuffled,
    "characters swapped": _swapped,
    "odd characters": _strewn,
    "surrogates": _with_surrogates,
    "glued": lambda chance, text: text.replace("\n", chance.choice(["", " "])),
    "white space": _spaced,
}


def texts_of(path: Path) -> Iterator[str]:
    """Yield the texts of a corpus, or the pages of an archive."""
    if path.name.endswith(".tar.xz"):
        with tarfile.open(path) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield file.read().decode("utf-8", "replace")
        return
    with lzma.open(path, "rt", encoding="utf-8") as rows:
        for row in rows:
            record = json.loads(row)
            yield from (record[name] for name in ("text", "gold") if record.get(name))


def mutated(texts: Sequence[str], count: int, seed: int, longest: int = 3000) -> Iterator[tuple[str, str]]:
    """Yield mutations of stretches of texts, each with the names of what was done."""
    chance = random.Random(seed)
    for _ in range(count):
        text = chance.choice(texts)
        size = min(len(text), int(longest ** chance.uniform(0.3, 1)))
        at = chance.randint(0, len(text) - size)
        text, names = text[at : at + size], chance.choices(list(CHANGES), k=chance.randint(1, 3))
        for name in names:
            text = CHANGES[name](chance, text)
        yield " + ".join(names), text


def _filled(text: str, gone: frozenset[int] = frozenset()) -> list[str]:
    each = enumerate(lines(text), 1)
    return [text[start:stop] for number, (start, stop, _) in each if number not in gone and text[start:stop].strip()]


def broken(text: str, report: dedupe.Report) -> Iterator[str]:
    """Yield the promises that a report breaks, as far as the texts alone tell."""
    removed = [finding for finding in report.findings if finding.action == "remove"]
    gone = frozenset(line for one in removed for line in range(one.lines[0], one.lines[1] + 1))
    if _filled(report.text) != _filled(text, gone):
        yield "1: what stays is not what was there"
    if not removed and report.text != text:
        yield "1: a text without a removal changed"
    if any(not gone.isdisjoint(range(one.original.lines[0], one.original.lines[1] + 1)) for one in removed):
        yield "2: an original was removed"
    if report.changed and dedupe.check(report.text).changed:
        yield "3: cleaning again changes more"


def in_library(texts: Iterator[tuple[str, str]], counts: Counter[str]) -> None:
    """Check texts one by one, and count what is found."""
    for name, text in texts:
        counts["texts"] += 1
        began = time.process_time()
        try:
            report = dedupe.check(text)
            spent = time.process_time() - began
            wrong = list(broken(text, report))
        except Exception as error:  # whatever it is, it is counted
            place = traceback.extract_tb(error.__traceback__)[-1]
            counts[f"EXCEPTION {type(error).__name__} in {place.name}"] += 1
            continue
        counts["changed"] += report.changed
        counts["left for a sentence"] += bool(report.problem)
        counts["over the time bound"] += spent > SECONDS + EACH * len(text)
        for one in wrong:
            counts[f"BROKEN promise {one} ({name})"] += 1


def _encoded(suffix: str, rows: Sequence[str]) -> bytes:
    """Return records with these texts as one file of a format."""
    if suffix == ".jsonl":
        return "".join(json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(rows)).encode()
    if suffix == ".csv":
        table = io.StringIO(newline="")
        written = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\n")
        written.writerows([("id", "text"), *((str(n), text) for n, text in enumerate(rows))])
        return table.getvalue().encode()
    import pyarrow
    import pyarrow.parquet

    sink = io.BytesIO()
    columns = {"id": [str(n) for n in range(len(rows))], "text": list(rows)}
    pyarrow.parquet.write_table(pyarrow.table(columns), sink)
    return sink.getvalue()


def _decoded(suffix: str, data: bytes) -> list[str]:
    if suffix == ".jsonl":
        return [json.loads(line)["text"] for line in data.split(b"\n") if line]
    if suffix == ".csv":
        csv.field_size_limit(1 << 30)
        return [row[1] for row in csv.reader(io.StringIO(data.decode(), newline=""))][1:]
    import pyarrow.parquet

    texts: list[str] = pyarrow.parquet.read_table(io.BytesIO(data))["text"].to_pylist()
    return texts


def _clean(source: Path, target: Path, counts: Counter[str]) -> None:
    command = [sys.executable, "-m", "dedupe", "clean", str(source), "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    counts["TRACEBACK"] += "Traceback" in done.stderr
    counts["sentences"] += sum(": " in line for line in done.stderr.splitlines())


def in_files(suffix: str, texts: Sequence[str], counts: Counter[str]) -> None:
    """Clean texts as files of a format, or as records of one file, twice, and count what is found."""
    with tempfile.TemporaryDirectory() as folder:
        where = [Path(folder, name) for name in ("in", "once", "twice")]
        for each in where:
            each.mkdir()
        records = suffix in (".jsonl", ".csv", ".parquet")
        if records:
            (where[0] / f"0{suffix}").write_bytes(_encoded(suffix, texts))
        for number, text in enumerate(() if records else texts):
            (where[0] / f"{number}{suffix}").write_bytes(text.encode())
        _clean(where[0], where[1], counts)
        _clean(where[1], where[2], counts)
        for source in sorted(where[0].iterdir()):
            once, twice = (each / source.name for each in where[1:])
            if not (once.is_file() and twice.is_file()):
                counts["not written, with a sentence"] += 1
                continue
            counts["texts"] += len(texts) if records else 1
            counts["changed files"] += once.read_bytes() != source.read_bytes()
            counts["BROKEN promise 3: cleaning again changes more"] += once.read_bytes() != twice.read_bytes()
            if records:
                given, found = (_decoded(suffix, path.read_bytes()) for path in (source, once))
                counts["BROKEN promise: records lost"] += len(given) != len(found)
                for one, other in zip(given, found, strict=False):
                    counts["changed"] += one != other
                    lone = any("\ud800" <= character <= "\udfff" for character in one)  # such a record goes by as it is
                    counts["BROKEN promise 5: other than the library"] += other != (one if lone else dedupe.clean(one))
            elif suffix == ".txt":
                text = source.read_bytes().decode()
                said = dedupe.clean(text.removeprefix("\ufeff"))
                counts["BROKEN promise 5: other than the library"] += said != once.read_bytes().decode().removeprefix(
                    "\ufeff"
                )
            else:
                rest = iter(source.read_bytes())
                counts["BROKEN promise 1: bytes that were not there"] += not all(
                    byte in rest for byte in once.read_bytes()
                )


def main() -> int:
    """Run the checks and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("--mutations", type=int, default=100_000)
    parser.add_argument("--each-format", type=int, default=2_000)
    parser.add_argument("--whole", type=int, default=1 << 40, help="how many whole texts, at most")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    read = {path: list(texts_of(path)) for path in given.corpora}
    pages = [text for path, texts in read.items() if path.name.endswith(".tar.xz") for text in texts]
    plain = [text for path, texts in read.items() if not path.name.endswith(".tar.xz") for text in texts]
    everything = [*plain, *pages]
    bad = False

    def said(title: str, counts: Counter[str]) -> None:
        nonlocal bad
        print(f"{title}: " + "; ".join(f"{count:,} {name}" for name, count in sorted(counts.items()) if count))
        sys.stdout.flush()
        bad = bad or any(count and name.split(" ")[0].isupper() for name, count in counts.items())

    counts: Counter[str] = Counter()
    in_library(mutated(everything, given.mutations, given.seed), counts)
    said("mutations, library", counts)
    for suffix in (".txt", ".md", ".html", ".jsonl", ".csv", ".parquet"):
        counts = Counter()
        sources = pages if suffix == ".html" and pages else everything
        chosen = [text for _, text in mutated(sources, given.each_format, given.seed + 1)]
        if suffix != ".jsonl":
            chosen = [text for text in chosen if not any("\ud800" <= character <= "\udfff" for character in text)]
        in_files(suffix, chosen, counts)
        said(f"mutations, clean {suffix}", counts)
        counts = Counter()
        in_files(suffix, (pages if suffix == ".html" else everything)[: given.whole], counts)
        said(f"whole texts, clean {suffix}", counts)
    counts = Counter()
    in_library((("as it was", text) for text in everything[: given.whole]), counts)
    said("whole texts, library", counts)
    return int(bad)
