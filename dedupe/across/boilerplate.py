"""Tell whether a paragraph stands on so many pages that it is boilerplate."""

from __future__ import annotations

from typing import NamedTuple

from dedupe.options import Options

MIN_HOST_PAGES = 10
"""Pages a host must have before a share of them counts."""


class Pages(NamedTuple):
    """The number of other documents with a paragraph, of those on the host of its document, and whether there are more.

    There may be more where counting stops at some number.
    """

    documents: int = 0
    on_host: int = 0
    more: bool = False


def boilerplate(pages: Pages, host: str, host_size: int, document_count: int, options: Options) -> str:
    """Return on how many other pages a paragraph stands, as a phrase, if it is boilerplate; else "".

    `host_size`: the number of other documents on the host. `document_count`: that of all other documents; it may be 0
    where no share of them is asked for.
    """
    more = " or more" if pages.more else ""
    if host and host_size >= MIN_HOST_PAGES and pages.on_host >= max(2, options.boilerplate_min_share * host_size):
        return f"stands on {pages.on_host}{more} of {host_size} other pages of {host}"
    share = options.boilerplate_min_global_share
    if pages.documents >= max(options.boilerplate_min_docs, share * document_count):
        return f"stands on {pages.documents}{more}{f' of {document_count}' if share else ''} other pages"
    return ""
