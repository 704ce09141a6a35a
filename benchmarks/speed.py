"""Measure what is fast and what is not: this project, its peers and simpler work on the same texts, beside the aims.

    python benchmarks/speed.py                                everything, on generated articles
    python benchmarks/speed.py --corpus articles.jsonl        on one's own (JSON lines with a field "text")
    python benchmarks/speed.py --only peers recall --runs 3   some sections
    python benchmarks/speed.py --markdown                     the tables as they stand in docs/performance.md
    python benchmarks/speed.py growth                         with the size of the input, and on hostile texts
    python benchmarks/speed.py languages                      in many languages; `language-texts` fetches real texts
    python benchmarks/speed.py pages FOLDER...                pages of HTML, beside a parser alone
    python benchmarks/speed.py generate > articles.jsonl      the generated articles

CPU seconds of one core, everything from text to result, the least of some runs, unless a table says otherwise; all that
stands in one table was timed in turns. Speeds are also given as parts of that of `str.split()` over the same texts,
since that travels better between machines. What cannot be measured is a sentence in its place, and the exit status 1.
Sections take seconds to minutes; how long each took is said on standard error. With the sizes that are preset, 3 GB are
written to the folder for temporary files.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy loads: its threads would cost more than they give
sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import _comparison, _one_article, _parts, _scopes, _stages, _streams
from benchmarks._generator import Generator
from benchmarks._tables import Aim, Section, Table, machine, shown
from benchmarks._texts import Material, first, json_lines, read, write
from benchmarks._timing import FAILED, CommandError, sentence_of

PROGRAMS = {
    "generate": "_generator",
    "growth": "_growth",
    "languages": "_languages",
    "language-texts": "_language_texts",
    "pages": "_pages",
}
"""What has options of its own."""

SHARES = (0.01, 0.1, 0.5)
"""Parts of the paragraphs of generated articles that repeat others."""

SECTIONS: dict[str, Callable[[Material], Section]] = {
    "articles": _scopes.articles,
    "across": _scopes.across,
    "stages": _stages.stages,
    "generated": _scopes.generated,
    "peers": _comparison.peers,
    "recall": _comparison.recall,
    "lists": _comparison.lists,
    "warm": _one_article.warm,
    "start": _one_article.start,
    "memory": _streams.memory,
    "workers": _streams.workers,
}

BULK, ARTICLE = "datasketch (`MinHash.bulk`, xxhash, `MinHashLSH`)", "`dedupe.clean`, warm, ms:"
START = "CPU of a process that imports numpy = 1:"

AIMS = {
    "articles": Aim("cleaning articles in memory, of the speed of `str.split()`", 0.6, section="articles"),
    "disk": Aim("JSON lines to JSON lines on disk, of the speed of `str.split()`", 0.35, section="articles"),
    "datasketch": Aim(f"corpus scope, verified, times as fast as {BULK}", 30, form="{:.1f}", section="peers"),
    "rust": Aim("corpus scope, verified, times as fast as rensa and gaoya", 6, form="{:.1f}", section="peers"),
    "judged": Aim("corpus scope, judged and cleaned, times as fast as any peer", 1, form="{:.1f}", section="peers"),
    "recall": Aim("recall of the index at the threshold in force", 0.99, form="{:.4f}", section="recall"),
    "listed": Aim("all pairs of a list, exact, times as fast as any peer", 1, form="{:.1f}", section="lists"),
    "clean": Aim(f"{ARTICLE} a clean article of 6 KB", 0.15, least=False, section="warm"),
    "doubled": Aim(f"{ARTICLE} an article whose second half repeats the first", 0.5, least=False, section="warm"),
    "import": Aim(f"{START} `import dedupe`", 1.5, least=False, section="start"),
    "help": Aim(f"{START} `dedupe --help`", 1.8, least=False, section="start"),
    "check": Aim(f"{START} `dedupe check` on one article", 2.5, least=False, section="start"),
    "workers": Aim("two workers, times one by the clock", 1.8, section="workers"),
    "memory": Aim("peak memory of a large file, of that of a small one", 1.1, least=False, section="memory"),
}
"""What is aimed at, by the name of the figure; the sections give the figures."""

ELSEWHERE = [
    "embedded index of 1,000,000 paragraphs",
    "`python benchmarks/index.py file articles.jsonl`, `... kill ...`",
    "10,000 a second, 250 bytes each, 2 ms an article, survives kill -9",
    "",
]
"""What takes too long to be measured with the rest."""


def material_of(given: argparse.Namespace, folder: Path) -> Material:
    """Return what is to be measured on."""
    size = int(given.megabytes * 1e6)
    texts = read(given.corpus) if given.corpus else list(Generator(repeated=SHARES[0]).articles(size))
    across = texts if given.corpus else list(Generator(repeated=SHARES[1], across=True).articles(size))
    return Material(
        texts,
        across,
        first(across, given.compared),
        {share: list(Generator(repeated=share).articles(size)) for share in SHARES},
        given.corpus or write(folder / "articles.jsonl", json_lines(texts)),
        given.corpus,
        given.small,
        given.large,
        given.runs,
        folder,
    )


def measured(name: str, material: Material) -> Section:
    """Run a section; one that fails is a sentence."""
    try:
        return SECTIONS[name](material)
    except (Exception, CommandError) as error:  # the other sections are measured all the same
        return Section([Table([name], [[sentence_of(error)]])])


def summary(found: Mapping[str, float], done: Sequence[str]) -> Table:
    """Return the aims beside what the sections that were run have measured."""
    rows = []
    for name, aim in AIMS.items():
        if name in found:
            reached = "yes" if aim.reached(found[name]) else "**no**"
            rows.append([aim.what, aim.form.format(found[name]), aim.bounded, reached])
        elif aim.section in done:
            rows.append([aim.what, "not measured, see above", aim.bounded, ""])
    return Table(["figure", "measured", "aim", "reached"], [*rows, ELSEWHERE])


def options() -> argparse.ArgumentParser:
    """Return the options of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="JSON lines with a field text, instead of generated articles")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="sections, instead of all")
    parser.add_argument("--megabytes", type=float, default=10, help="size of what is generated")
    parser.add_argument("--compared", type=float, default=10, help="megabytes that the peers are compared on")
    parser.add_argument("--small", type=float, default=50, help="megabytes of the small file that is streamed")
    parser.add_argument("--large", type=float, default=1000, help="megabytes of the large one")
    parser.add_argument("--runs", type=int, default=5, help="how often each piece of work is done")
    parser.add_argument("--markdown", action="store_true")
    return parser


def main() -> int:
    """Print the tables as they come, then the aims beside what was measured."""
    given = options().parse_args()
    print(f"`python benchmarks/speed.py {' '.join(sys.argv[1:])}`: {machine()}\n", flush=True)
    found: dict[str, float] = {}
    losses: list[str] = []
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        try:
            material = material_of(given, Path(folder))
        except (OSError, KeyError, ValueError) as error:
            raise CommandError(f'{given.corpus} is not JSON lines with a field "text" each: {error!r}') from error
        for name in given.only:
            began = monotonic()
            section = measured(name, material)
            print(f"{name}: {monotonic() - began:.0f} s", file=sys.stderr)
            found |= section.figures
            losses += section.losses
            for table in section.tables:
                print(shown(table, given.markdown), flush=True)
                failed |= any(cell.startswith(FAILED) for row in table.rows for cell in row)
    print(shown(summary(found, given.only), given.markdown))
    missed = [
        f"{AIMS[name].what}: {AIMS[name].form.format(one)}"
        for name, one in found.items()
        if not AIMS[name].reached(one)
    ]
    print("\n".join(["Where it loses:\n", *(f"- {one}" for one in missed + losses or ["nowhere in these figures"])]))
    return int(failed)


if __name__ == "__main__":
    _parts.run(PROGRAMS, main)
