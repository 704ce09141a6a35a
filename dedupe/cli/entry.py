"""Run the command; an error is one sentence on standard error."""

from __future__ import annotations

import os
import sys

from dedupe.cli.app import app
from dedupe.cli.console import BROKEN_PIPE, ERROR, Console
from dedupe.cli.usage import UnhandledError
from dedupe.errors import DedupeError, InputError, cause


def narrow(verb: str) -> None:
    """Leave out all other verbs: describing them to the parser takes a tenth of a short run."""
    chosen = [one for one in app.registered_commands if one.callback and verb == (one.name or one.callback.__name__)]
    if chosen:
        app.registered_commands, app.registered_groups = chosen, []


def main() -> None:
    """Run the command; an error is one sentence on standard error and exit status 2."""
    # One thread is what these kernels use; a pool of BLAS threads would cost more at start than the whole run.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  for as long as the process lives
    console = Console()
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  likewise
        console.complain("standard output is closed; redirect it to a file, or to /dev/null")
        sys.exit(ERROR)
    narrow(sys.argv[1] if len(sys.argv) > 1 else "")
    try:
        app(standalone_mode=True, prog_name="dedupe")
    except UnhandledError as error:
        sys.exit(_told(error.error, console))
    except Exception as error:
        sys.exit(_told(error, console))


def _told(error: Exception, console: Console) -> int:
    """Print the sentence of an error; return the exit status."""
    if isinstance(error, BrokenPipeError):  # the reader went away: `dedupe check ... | head`
        sys.stdout = None  # what could not be written cannot be written at exit either
        return BROKEN_PIPE
    if isinstance(error, DedupeError):
        console.complain(str(error))
    elif isinstance(error, OSError):
        console.complain(str(InputError(error.filename or "standard output", cause(error))))
        sys.stdout = None  # likewise
    else:
        from dedupe._failures import kind_of  # with the records it is about, which help needs none of

        console.complain(f"the program failed ({kind_of(error)}); please report it, with the command, as a bug")
    return ERROR
