"""Files in and out: opening, walking folders, compression, writing, undo, formats."""
