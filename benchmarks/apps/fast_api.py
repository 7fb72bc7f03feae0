"""The same action for FastAPI, as its documentation writes it."""

from __future__ import annotations

from fastapi import FastAPI

from benchmarks.apps.models import Comment, CommentInput, save

app = FastAPI()


@app.post("/json")
async def comment(input: CommentInput) -> Comment:
    """Comment on a post."""
    return save(input)
