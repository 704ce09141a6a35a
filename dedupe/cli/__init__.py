"""The command `dedupe`: the only place that prints, exits and draws progress."""

from __future__ import annotations

import os

# One thread is what these kernels use; a pool of BLAS threads would cost more at start than the whole run.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from dedupe.cli.app import main

__all__ = ["main"]
