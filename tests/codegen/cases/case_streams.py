"""Streams of each kind of item, and downloads, with and without errors and ids."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator

from pydantic import BaseModel
from typing_extensions import deprecated

from sanic_actions import ActionError, Download, Event, Namespace, action


class Token(BaseModel):
    text: str


class Overloaded(ActionError, code="SERVICE_UNAVAILABLE"):
    seconds: int


class Closed(ActionError, code="CONFLICT"):
    pass


@action(raises=[Overloaded, Closed])
async def answer(question: str, words: int = 3) -> AsyncIterator[Token]:
    """Answer a question, word by word."""
    for number in range(words):
        yield Token(text=f"{question} {number}")


@action(idempotent=True)
async def log(start: int = 0) -> AsyncGenerator[Event[str | None], None]:
    yield Event(None, id="0")


@action
def numbers() -> Iterator[int]:
    yield 1


@action
async def nothing(values: list[int]) -> AsyncIterator[None]:
    yield None


@action
@deprecated("Use numbers.")
def old_numbers() -> Iterator[list[Token]]:
    yield []


@action(raises=[Closed], accept=("json", "form"), idempotent=True)
async def report(month: str) -> Download:
    """Give the report of a month."""
    return Download(month.encode(), name=f"{month}.txt")


@action
def everything() -> Download:
    return Download(iter([b"all"]), name="all.bin")


streams = Namespace(log=log, numbers=numbers, nothing=nothing, old_numbers=old_numbers)  # type: ignore[deprecated]  # a deprecated action is one of the cases
server = Namespace(report=report, everything=everything, answer=answer, streams=streams)
