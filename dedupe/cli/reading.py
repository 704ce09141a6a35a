"""Read the sources of a command, chunk by chunk; what cannot be read is one sentence."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dedupe._failures import unexpected
from dedupe.cli.console import Console
from dedupe.cli.flags import Settings
from dedupe.cli.progress import progress
from dedupe.errors import DedupeError, InputError, MissingExtraError, UnknownFormatError
from dedupe.io.compression import Compression
from dedupe.io.files import Source, unreadable
from dedupe.io.formats import Chunk, Format, Record, folder_endings, format_by_ending, format_of
from dedupe.io.walking import Passed, sources


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A source being read, with its format, its compression, and its status before reading (None for a stream)."""

    source: Source
    format: Format
    compression: Compression | None
    status: os.stat_result | None


RunEntry = tuple[Work, Chunk]
"""A chunk to be judged; `END` follows the last one of a source that was read to its end."""

END = Record(b"")

SHOWN_REFUSALS = 3
"""Refused files of a kind that are named; the others are counted."""


class SourceReader:
    """Read the sources that paths name; `abandoned`: a source of which no more is wanted."""

    def __init__(self, paths: Sequence[str], settings: Settings, console: Console) -> None:
        self.paths, self.settings, self.console = paths, settings, console
        self.identities: set[str] = set()
        self.abandoned: Work | None = None
        self._refused: Counter[str] = Counter()

    def chunks(self, parses_all: bool) -> Iterator[RunEntry]:
        """Yield the chunks of all sources, each source once, with a progress bar; `parses_all`: as records."""
        found = list(sources(self.paths, folder_endings(), self.settings.walk_options))
        files = [one for one in found if isinstance(one, Source)]
        with progress(sum(file.size for file in files), len(files)) as advance:
            self.identities = {file.identity for file in files}
            seen: set[str] = set()
            for source in found:
                if isinstance(source, InputError):
                    self.console.complain(str(source))
                elif isinstance(source, Passed):
                    self.console.warn(source.sentence)
                elif source.identity in seen:
                    self.console.warn(f"{source.name}: is named twice; it is read once")
                    advance(source.size, 1)
                else:
                    seen.add(source.identity)
                    done = 0
                    counting = not source.compressed
                    for entry in self._read_source(source, parses_all):
                        yield entry
                        if counting:
                            done += len(entry[1].raw)
                            advance(len(entry[1].raw), 0)
                    advance(source.size - done if source.size else 0, 1)
            for kind, count in self._refused.items():
                if count > SHOWN_REFUSALS:
                    self.console.warn(f"{count - SHOWN_REFUSALS:,} more files {kind} are refused likewise")

    def _refuse(self, source: Source, error: UnknownFormatError) -> None:
        """Print that the format of a file is unknown; of many files of a kind in walked folders, only for a few."""
        if source.name not in self.paths:
            self._refused[error.kind] += 1
            if self._refused[error.kind] > SHOWN_REFUSALS:
                return
        self.console.complain(str(error))

    def _read_source(self, source: Source, parses_all: bool) -> Iterator[RunEntry]:
        """Yield the chunks of a source, then `END` if it was read to its end; print what stopped the reading."""
        file_format = None
        stops = self.settings.run_options.on_error == "stop"
        try:
            with source.open() as opened:
                file_format, stream = format_of(source.name, opened.stream, self.settings.read_options)
                work = Work(source, file_format, opened.compression, opened.status)
                empty = True
                chunks = file_format.read(stream, source.name, self.settings.read_options)
                if parses_all:
                    chunks = (record for chunk in chunks for record in chunk.records())
                for chunk in chunks:
                    if stops and isinstance(chunk, Record) and chunk.error is not None:
                        yield work, Record(chunk.raw, error=chunk.error)
                        return
                    has_error_or_no_text = isinstance(chunk, Record) and bool(chunk.error or chunk.absent)
                    empty = empty and not chunk.raw and not has_error_or_no_text
                    yield work, chunk
                    if work is self.abandoned:
                        return
                if empty:
                    why = "has no page or text that is read" if file_format.becomes else "is empty"
                    self.console.warn(f"{source.name}: {why}; there is nothing to do")
                yield work, END
        except UnknownFormatError as error:
            self._refuse(source, error)
        except InputError as error:
            self.console.complain(str(error))
        except MissingExtraError as error:
            detected = (
                file_format is not None
                and not self.settings.read_options.format
                and file_format is not format_by_ending(source.name)
            )
            advice = "; or read it as plain text all the same with --format text" if detected else ""
            self.console.complain(str(InputError(source.name, f"{error}{advice}")))
        except OSError as error:
            self.console.complain(str(unreadable(source.name, error)))
        except DedupeError:
            raise
        except Exception as error:
            self.console.complain(str(unexpected(source.name, error)))
