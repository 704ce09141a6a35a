"""What is measured; each program says how it is run."""
