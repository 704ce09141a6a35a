"""The tree of a page: compared without some of its nodes, and made while the garbage collector is paused."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from dedupe.io.formats.html._cutting import is_rest, skeleton
from dedupe.io.formats.html._nodes import read_nodes, read_page
from dedupe.io.formats.html._tree import parse, paused
from tests.io.test_html import FERRY

CHANGED_PAGES = {
    "as it was": "<div><p>a <b>b</b> c</p><template><i>x</i></template><!-- n --></div>",
    "white space": "<div> <p>a <b>b</b> c</p>\n<template><i>x</i></template><!-- n --></div> ",
    "other text": "<div><p>a <b>d</b> c</p><template><i>x</i></template><!-- n --></div>",
    "other text in a template": "<div><p>a <b>b</b> c</p><template><i>y</i></template><!-- n --></div>",
    "another attribute": "<div><p>a <b id=b>b</b> c</p><template><i>x</i></template><!-- n --></div>",
    "another comment": "<div><p>a <b>b</b> c</p><template><i>x</i></template><!-- m --></div>",
    "another element": "<div><p>a <i>b</i> c</p><template><i>x</i></template><!-- n --></div>",
    "moved in": "<div><p>a <b>b c</b></p><template><i>x</i></template><!-- n --></div>",
    "moved out": "<div><p>a <b>b</b> c</p></div><template><i>x</i></template><!-- n -->",
    "an element more": "<div><p>a <b>b<u></u></b> c</p><template><i>x</i></template><!-- n --></div>",
    "without the bold one": "<div><p>a  c</p><template><i>x</i></template><!-- n --></div>",
}


@pytest.mark.parametrize("remaining", CHANGED_PAGES)
@pytest.mark.parametrize("tag", ["", "b"])
def test_a_rest_is_told_as_by_its_skeleton(remaining: str, tag: str) -> None:
    nodes = parse(f"<body>{CHANGED_PAGES['as it was']}<p>{FERRY}</p>")
    removed = {node.number for node in nodes if node.name == tag} | {nodes[-2].number, nodes[-1].number}
    assert is_rest(nodes, removed, read_page(CHANGED_PAGES[remaining])) == (
        skeleton(nodes, removed) == skeleton(read_nodes(read_page(CHANGED_PAGES[remaining])))
    )


def test_the_collector_is_as_before_when_all_who_hold_it_have_ended() -> None:
    both = Barrier(2, timeout=20)

    def hold(fails: bool) -> bool:
        try:
            with paused():
                both.wait()
                assert not gc.isenabled()
                both.wait()
                if fails:
                    raise KeyError
        except KeyError:
            return True
        return False

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(hold, (True, False))) == [True, False]
    assert gc.isenabled()
    gc.disable()
    try:
        parse("<p>x")
        assert not gc.isenabled()
    finally:
        gc.enable()
