"""Transformations and a postprocessor of LlamaIndex: clean nodes, and drop near-duplicates of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dedupe
from dedupe.integrations import _chunks

try:
    from llama_index.core.bridge.pydantic import Field
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.schema import BaseNode, MetadataMode, NodeWithScore, QueryBundle, TransformComponent
except ImportError:
    raise dedupe.MissingExtraError("llama-index-core", "llama-index") from None


class NodeCleaner(TransformComponent):
    """Remove duplicate paragraphs from each document or node, judged on its own. Use it before nodes are split.

    Args:
        options: how duplicates are found and judged; None for the default options.
        findings: a key of the metadata that gets the findings as a JSON array; "" for none.
        version: of this package, so that an `IngestionCache` does not hand out what another one has made.
    """

    options: dedupe.Options | None = None
    findings: str = ""
    version: str = dedupe.__version__

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:
        """Return copies of the nodes with the texts cleaned; nodes without a text, such as images, are unchanged."""
        nodes = [node.model_copy(deep=True) for node in nodes]
        cleaned = _chunks.clean([_text(node) for node in nodes], dedupe.Deduper(self.options))
        for node, (text, found) in zip(nodes, cleaned, strict=True):
            if text != _text(node):
                node.set_content(text)
            _tell(node, self.findings, found)
        return nodes


class NodeFilter(TransformComponent):
    """Drop nodes that are near-duplicates of an earlier one that stays, before they are stored.

    Args:
        threshold: the least similarity of near-duplicates, above 0 and at most 1, see `dedupe.clusters`.
        near_duplicates: a key of the metadata of a node that stays, for a JSON array of the first twenty dropped for
            it: the `position`, `id`, similarity and `reason` of each; "" for none. No model or embedding sees it.
        version: as that of `NodeCleaner`.
    """

    threshold: float = Field(_chunks.THRESHOLD, gt=0, le=1)
    near_duplicates: str = _chunks.KEY
    version: str = dedupe.__version__

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:
        """Return copies of the nodes that stay, in order."""
        kept, reasons = _near_duplicates(nodes := list(nodes), self.threshold)  # a generator is read once only
        staying = [nodes[position].model_copy(deep=True) for position in kept]
        for node, reason in zip(staying, reasons, strict=True):
            _tell(node, self.near_duplicates, reason)
        return staying


class NodePostprocessor(BaseNodePostprocessor):
    """Drop retrieved nodes that are near-duplicates of one that comes before them, and so has the better score.

    Args:
        threshold, near_duplicates: as those of `NodeFilter`.
    """

    threshold: float = Field(_chunks.THRESHOLD, gt=0, le=1)
    near_duplicates: str = _chunks.KEY

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        kept, reasons = _near_duplicates([scored.node for scored in nodes], self.threshold)
        staying = [nodes[position].model_copy(deep=True) for position in kept]
        for scored, reason in zip(staying, reasons, strict=True):
            _tell(scored.node, self.near_duplicates, reason)
        return staying


def _text(node: BaseNode) -> str:
    return node.get_content(metadata_mode=MetadataMode.NONE)


def _near_duplicates(nodes: Sequence[BaseNode], threshold: float) -> tuple[list[int], list[str]]:
    return _chunks.near_duplicates([_text(node) for node in nodes], [node.node_id for node in nodes], threshold)


def _tell(node: BaseNode, key: str, value: str) -> None:
    """Put a value into the metadata of a node, where neither a model nor an embedding sees it, unless it is ""."""
    if key and value:
        node.metadata[key] = value
        node.excluded_embed_metadata_keys.append(key)
        node.excluded_llm_metadata_keys.append(key)
