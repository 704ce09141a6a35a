"""The command `dedupe`: the only place that prints, exits and draws progress."""

from dedupe.cli.signals import Ended, end_in_order, leave

__all__ = ["main"]


def main() -> None:
    """Run the command; end in order at a signal, even while the program is loaded, which is most of a short run."""
    end_in_order()
    try:
        from dedupe.cli.entry import main as run

        run()
    except Ended as ended:
        leave(ended)
