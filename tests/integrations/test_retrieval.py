"""The adapters of LangChain and LlamaIndex, with the real libraries and their splitters."""

from __future__ import annotations

import asyncio
import doctest
import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_text_splitters import RecursiveCharacterTextSplitter
from llama_index.core import Document as Source
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import ImageDocument, MetadataMode, NodeWithScore, TextNode

import dedupe
from dedupe.integrations import langchain
from dedupe.integrations.langchain import ChunkFilter, DocumentCleaner
from dedupe.integrations.llama_index import NodeCleaner, NodeFilter, NodePostprocessor
from tests.integrations.test_scrapy import body

LINE = "The old bridge is closed to all traffic until the end of May, says the council of the harbour town."
NEAR = LINE.replace("says", "said")
OTHER = "Boats leave from the coal quay every hour, and the last one of the day leaves at nine in the evening."


def article(number: int) -> str:
    return "\n\n".join(body(number))


def overlaps(chunks: Sequence[Document]) -> int:
    return sum(after.page_content[:15] in before.page_content for before, after in pairwise(chunks))


def test_documents_are_cleaned_and_keep_all_else() -> None:
    documents = [
        Document(f"{LINE}\n\n{LINE}", id="a", metadata={"source": "https://a.example/x"}),
        Document("", id="b"),
        Document(OTHER),
    ]
    cleaned = DocumentCleaner(findings="repeats").transform_documents(documents)
    assert [(document.page_content, document.id) for document in cleaned] == [(LINE, "a"), ("", "b"), (OTHER, None)]
    assert cleaned[0].metadata["source"] == "https://a.example/x"
    assert [len(json.loads(document.metadata["repeats"])) for document in cleaned] == [1, 0, 0]
    assert documents[0].page_content == f"{LINE}\n\n{LINE}"
    assert documents[0].metadata == {"source": "https://a.example/x"}
    assert asyncio.run(DocumentCleaner().atransform_documents(documents))[0].page_content == LINE
    assert DocumentCleaner().transform_documents([]) == []


def test_near_duplicate_chunks_go_and_what_stays_says_why() -> None:
    texts = [LINE, OTHER, NEAR, LINE, ""]
    documents = [Document(text, id=f"c{number}", metadata={"n": number}) for number, text in enumerate(texts)]
    kept = ChunkFilter(threshold=0.6).transform_documents(documents)
    assert [document.id for document in kept] == ["c0", "c1", "c4"]
    near, equal = json.loads(kept[0].metadata["near_duplicates"])
    assert (near["position"], near["id"], equal["position"], equal["id"]) == (2, "c2", 3, "c3")
    assert 0.6 <= near["jaccard"] < equal["jaccard"] == 1
    assert near["reason"].endswith(
        "of it is in the chunk that stays; only it has: said; only the chunk that stays has: says"
    )
    assert equal["reason"] == "100% of it is in the chunk that stays"
    assert kept[1].metadata == {"n": 1}
    assert "near_duplicates" not in documents[0].metadata
    assert [document.id for document in ChunkFilter(threshold=1).transform_documents(documents)] == [
        "c0",
        "c1",
        "c2",
        "c4",
    ]
    assert "near_duplicates" not in ChunkFilter(near_duplicates="").transform_documents(documents)[0].metadata
    assert ChunkFilter().transform_documents([]) == []


@pytest.mark.parametrize("other", ["€5", "$6", "-$5", "$5.0", "5", "5 %", "5 €", "£ 5"])
def test_chunks_with_another_sign_or_currency_stay(other: str) -> None:
    chunks = [Document(f"{LINE} {OTHER} It cost {cost} in all, as the council said.") for cost in ("$5", other, "$5")]
    assert [chunk.page_content for chunk in ChunkFilter().transform_documents(chunks)] == [
        chunk.page_content for chunk in chunks[:2]
    ]
    spaced = [chunks[0], Document(chunks[0].page_content.replace("$5", "$ 5"))]
    assert len(ChunkFilter().transform_documents(spaced)) == 1


def test_a_generator_is_read_as_a_list_is() -> None:
    assert len(DocumentCleaner().transform_documents(Document(text) for text in (LINE, OTHER))) == 2  # type: ignore[arg-type]
    assert len(ChunkFilter().transform_documents(Document(text) for text in (LINE, LINE, OTHER))) == 2  # type: ignore[arg-type]
    assert len(NodeFilter()(TextNode(text=text) for text in (LINE, LINE, OTHER))) == 2  # type: ignore[arg-type]
    assert len(NodeCleaner()(TextNode(text=text) for text in (LINE, OTHER))) == 2  # type: ignore[arg-type]


def test_chunks_with_different_numbers_stay_and_their_copies_go() -> None:
    texts = [LINE.replace("May", f"{number} May") for number in (1, 2, 2, 1.5, 2)]
    kept = ChunkFilter().transform_documents([Document(text) for text in texts])
    assert [document.page_content for document in kept] == [texts[0], texts[1], texts[3]]
    assert [
        [one["position"] for one in json.loads(document.metadata.get("near_duplicates", "[]"))] for document in kept
    ] == [
        [],
        [2, 4],
        [],
    ]


def test_chunks_that_a_splitter_makes_overlap_stay_and_those_of_a_copied_page_go() -> None:
    splitter = RecursiveCharacterTextSplitter(chunk_size=200, chunk_overlap=80)
    texts = [article(number).replace("\n\n", " ") for number in (1, 2)]
    own = [Document(text, metadata={"source": source}) for text, source in zip(texts, "ab", strict=True)]
    chunks = splitter.split_documents(own)
    assert overlaps(chunks) == 4
    assert list(ChunkFilter(near_duplicates="").transform_documents(chunks)) == chunks
    with_copy = splitter.split_documents([*own, Document(texts[0], metadata={"source": "copy"})])
    kept = ChunkFilter().transform_documents(with_copy)
    assert [chunk.page_content for chunk in kept] == [chunk.page_content for chunk in chunks]
    assert {chunk.metadata["source"] for chunk in kept} == {"a", "b"}
    store = InMemoryVectorStore(DeterministicFakeEmbedding(size=16))
    store.add_documents(list(kept))
    found = store.similarity_search("bridge", k=100)
    assert len(found) == len(kept)


@pytest.mark.parametrize("transformer", [DocumentCleaner(), ChunkFilter()])
def test_what_is_no_document_is_named(transformer: Any) -> None:
    with pytest.raises(TypeError, match=r"documents\[1\] must be a Document of LangChain, not str"):
        transformer.transform_documents([Document(LINE), LINE])


def test_a_threshold_out_of_range_is_refused_at_once() -> None:
    with pytest.raises(dedupe.OptionError, match=r"threshold must be .* not 1\.5"):
        ChunkFilter(threshold=1.5)
    for kind in (NodeFilter, NodePostprocessor):
        with pytest.raises(ValueError, match="less than or equal to 1"):
            kind(threshold=1.5)


def test_an_ingestion_cleans_splits_and_filters() -> None:
    sources = [Source(text=f"{article(1)}\n\n{article(1)}", id_="a"), Source(text=article(1), id_="b")]
    splitter = SentenceSplitter(chunk_size=60, chunk_overlap=10)
    once = IngestionPipeline(transformations=[splitter]).run(documents=[Source(text=article(1))])
    steps = [NodeCleaner(findings="repeats"), splitter, NodeFilter()]
    nodes = IngestionPipeline(transformations=steps).run(documents=sources)
    assert [node.get_content() for node in nodes] == [node.get_content() for node in once]
    assert {node.ref_doc_id for node in nodes} == {"a"}
    for node in nodes:
        (dropped,) = json.loads(node.metadata["near_duplicates"])
        assert dropped["reason"] == "100% of it is in the chunk that stays"
        assert len(json.loads(node.metadata["repeats"])) == 3
        for mode in (MetadataMode.EMBED, MetadataMode.LLM):
            assert node.get_content(mode) == node.get_content(MetadataMode.NONE)
    assert sources[0].text == f"{article(1)}\n\n{article(1)}"
    assert sources[0].metadata == {}


def test_a_pipeline_keeps_what_it_made_with_the_same_options_only() -> None:
    text = f"{LINE}\n\n{LINE}"
    pipeline = IngestionPipeline(transformations=[NodeCleaner()])
    assert pipeline.run(documents=[Source(text=text)])[0].get_content() == LINE
    pipeline.transformations = [NodeCleaner(options=dedupe.Options(ignore=("exact",)))]
    assert pipeline.run(documents=[Source(text=text)])[0].get_content() == text


def test_retrieved_near_duplicates_of_a_better_node_go() -> None:
    texts = [LINE, OTHER, NEAR]
    scored = [NodeWithScore(node=TextNode(text=text, id_=str(at)), score=1 - at / 10) for at, text in enumerate(texts)]
    found = NodePostprocessor(threshold=0.6).postprocess_nodes(scored, query_str="bridge")
    assert [(node.node.node_id, node.score) for node in found] == [("0", 1.0), ("1", 0.9)]
    assert json.loads(found[0].node.metadata["near_duplicates"])[0]["id"] == "2"
    assert scored[0].node.metadata == {}
    assert NodePostprocessor().postprocess_nodes([]) == []


def test_nodes_without_a_text_pass() -> None:
    image = ImageDocument(image="iVBORw0KGgo=", image_mimetype="image/png")
    assert NodeCleaner()([image])[0] == image
    assert NodeFilter()([image, image.model_copy()]) == [image, image]


def test_the_examples_of_the_adapters_are_true() -> None:
    assert doctest.testmod(langchain) == (0, 4)
