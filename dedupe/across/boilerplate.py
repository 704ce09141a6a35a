"""When a paragraph stands on so many pages that it is boilerplate."""

from __future__ import annotations

from dedupe.options import Options

LEAST_PAGES = 10
"""Pages a host must have before a share of them says anything."""


def boilerplate(site: str, pages: int, here: int, of_host: int, options: Options, most: int = 0) -> str:
    """Return on how many other pages a paragraph stands, as a phrase, if they are so many; else nothing.

    `pages`: other documents with it; `here`: those of them that are of its host, `site`, which has `of_host` others.
    `most`: from how many on they were not all counted.
    """
    more = " or more" if most and pages >= most else ""
    if site and of_host >= LEAST_PAGES and here >= max(2, options.boilerplate_min_share * of_host):
        return f"stands on {here}{more} of {of_host} other pages of {site}"
    if pages >= options.boilerplate_min_docs:
        return f"stands on {pages}{more} other pages"
    return ""
