"""Renderings of reports: one file each, one line in the table `dedupe.reporters.table`."""
