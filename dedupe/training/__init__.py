"""From labelled texts to a model file: `python -m dedupe.training LABELS...` (extra `train`)."""
