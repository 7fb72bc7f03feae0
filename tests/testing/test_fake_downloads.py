"""Downloads of a fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from sanic_actions import Download, Err, InputError
from sanic_actions.testing import Fake

Client: Any = import_module("golden_streams").Client
AsyncClient: Any = import_module("golden_streams").AsyncClient
Closed: Any = import_module("golden_streams.models.case_streams").Closed


def test_downloads_of_a_fake(tmp_path: Path) -> None:
    """A fake's download gives what a handler would return, with its name and length, and notes its calls."""
    fake = Fake(Client)
    (tmp_path / "source.csv").write_bytes(b"1,2")

    def gives(*, month: str) -> Download:
        return Download(iter([month.encode(), b"!"]), name="made.txt")

    fake.on(fake.client.report).returns(Download(b"abc", name="may.txt"))
    with fake.client.report(month="may") as download:
        assert (download.name, download.content_type, download.size) == ("may.txt", "text/plain", 3)
        assert download.save(tmp_path).read_bytes() == b"abc"
    assert fake.client.report(month="may").read() == b"abc"
    fake.on(fake.client.report).returns(Download(tmp_path / "source.csv"))
    assert fake.client.report(month="may").read() == b"1,2"
    fake.on(fake.client.report).runs(gives)
    assert fake.client.report(month="june").read() == b"june!"
    fake.on(fake.client.report).raises(Closed("closed"))
    assert isinstance(fake.client.report(month="july").safe().read(), Err)

    assert [call["month"] for call in fake.on(fake.client.report).calls] == ["may", "may", "may", "june", "july"]


def test_headers_of_a_download() -> None:
    """Beside those that a download itself has."""
    fake = Fake(Client)
    fake.on(fake.client.report).returns(Download(b"abc", name="may.txt"), headers={"X-Total": "1", "set-cookie": "a=b"})

    with fake.client.report(month="may") as download:
        assert (download.headers["x-total"], dict(download.cookies)) == ("1", {"a": "b"})
        assert (download.name, download.read()) == ("may.txt", b"abc")


def test_downloads_of_an_asynchronous_fake(tmp_path: Path) -> None:
    """The same with ``async with``; an asynchronous iterator may answer here."""
    fake = Fake(AsyncClient)

    async def parts() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    async def main() -> None:
        fake.on(fake.client.everything).returns(Download(b"abc", name="all.txt"))
        async with fake.client.everything() as download:
            assert (download.name, await download.read()) == ("all.txt", b"abc")
        fake.on(fake.client.everything).returns(Download(parts()))
        assert await fake.client.everything().save(tmp_path) == tmp_path / "everything"

    asyncio.run(main())
    assert (tmp_path / "everything").read_bytes() == b"ab"


def test_wrong_answers() -> None:
    """What a handler could not return is refused, and so are inputs; a download that nobody answers fails."""
    fake = Fake(Client)

    with pytest.raises(TypeError, match=r"sanic_actions\.Download"):
        fake.on(fake.client.report).returns(b"abc")
    with pytest.raises(AssertionError, match="does not say how to answer"):
        fake.client.report(month="may").safe().read()
    fake.on(fake.client.report).returns(Download(b""))
    assert isinstance(fake.client.report(month=3).safe().read().error, InputError)
    assert fake.on(fake.client.report).calls == [{"month": "may"}]
