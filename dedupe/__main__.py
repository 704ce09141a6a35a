"""`python -m dedupe`: the command, where it is not on the path."""

from dedupe.cli import main

main()
