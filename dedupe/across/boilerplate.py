"""Tell whether a paragraph stands on so many pages that it is boilerplate."""

from __future__ import annotations

from dedupe.options import Options

MIN_HOST_PAGES = 10
"""Pages a host must have before a share of them counts."""


def boilerplate(
    site: str, pages: int, pages_of_site: int, site_size: int, options: Options, size: int = 0, limit: int = 0
) -> str:
    """Return on how many other pages a paragraph stands, as a phrase, if it is boilerplate; else "".

    `pages`: other documents with it, `pages_of_site` those of them on the host `site`, which has `site_size` others.
    `size`: all other documents; it may be 0 where no share of them is asked for. `limit`: the number at which counting
    stopped, or 0.
    """
    more = " or more" if limit and pages >= limit else ""
    if site and site_size >= MIN_HOST_PAGES and pages_of_site >= max(2, options.boilerplate_min_share * site_size):
        return f"stands on {pages_of_site}{more} of {site_size} other pages of {site}"
    if pages >= max(options.boilerplate_min_docs, options.boilerplate_min_global_share * size):
        return f"stands on {pages}{more}{f' of {size}' if options.boilerplate_min_global_share else ''} other pages"
    return ""
