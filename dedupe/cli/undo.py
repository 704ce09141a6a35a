"""`dedupe undo`: restore files that `clean --in-place` changed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from dedupe._failures import unexpected
from dedupe._tally import counted
from dedupe.cli.console import Console
from dedupe.cli.flags import Settings
from dedupe.errors import DedupeError, InputError, OptionError
from dedupe.io.files import STDIN, Source
from dedupe.io.undo import ELSEWHERE, files_missing, has_record, undo
from dedupe.io.walking import Passed, sources


def restore(paths: Sequence[str], settings: Settings, quiet: bool) -> int:
    """Undo the last change of each file, in folders of those with a record; return the exit status."""
    if STDIN in paths:
        raise OptionError("standard input cannot be restored; name the files, or folders with them")
    console = Console(quiet=quiet)
    put_back = failed = 0
    undo_dir = settings.undo_options.undo_dir
    # What was ignored since it was cleaned can still be restored.
    walk_options = replace(settings.walk_options, gitignore=False)
    for path in paths:
        restored = 0
        for source in sources([path], None, walk_options):
            if isinstance(source, InputError):
                console.complain(str(source))
                failed += 1
            elif isinstance(source, Passed):
                console.warn(source.sentence)
            else:
                done = _restored(source, path, undo_dir, console)
                restored += done is True
                failed += done is None
        if os.path.isdir(path) and (missing := files_missing(path, undo_dir)):
            were = "file that was cleaned is" if missing == 1 else "files that were cleaned are"
            console.complain(
                f"{path}: {missing:,} {were} not in this folder by the old name; undo a file that was renamed by "
                "naming it"
            )
            failed += missing
        elif os.path.isdir(path) and not restored and not console.failed:
            console.complain(f"{path}: no file in this folder has a change left to undo; {ELSEWHERE}")
            failed += 1
        put_back += restored
    console.note(f"{counted(put_back, 'file')} put back, {failed:,} failed")
    return console.end()


def _restored(source: Source, path: str, undo_dir: str, console: Console) -> bool | None:
    """Restore a file; return False if there is no record of it, None if it failed."""
    try:
        if source.name != path and not has_record(source.name, undo_dir):
            return False
        undo(source.name, undo_dir)
    except DedupeError as error:
        console.complain(str(error))
        return None
    except Exception as error:
        console.complain(str(unexpected(source.name, error)))
        return None
    return True
