"""Adapters to other libraries, over public names only.

Each is imported by itself, needs the extra of its name, and raises `MissingExtraError` without it: `arrow`, `dask`,
`datasets`, `datatrove`, `duckdb`, `langchain`, `llama_index`, `pandas`, `polars`, `ray`, `scrapy`.
"""
