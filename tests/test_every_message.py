"""Every sentence of the package stands in one list, which is read as prose."""

from __future__ import annotations

from every_message import LIST, written_list


def test_list_is_current() -> None:
    """The list is what the source says; ``python tests/every_message.py`` writes it."""
    assert LIST.read_text(encoding="utf-8") == written_list()
