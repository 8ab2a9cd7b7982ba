"""Tables in Markdown."""

from __future__ import annotations

from logicjsc.core.markdown import markdown_table


def test_a_table_in_markdown():
    assert markdown_table(("a", "b"), [("x|y", "1")]) == [
        "| a | b |",
        "| --- | --- |",
        "| x\\|y | 1 |",
    ]
