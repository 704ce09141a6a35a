"""Many documents as one set: what each of them says that another one says too."""

from dedupe.corpus.memory import RULE, check, clean

__all__ = ["RULE", "check", "clean"]
