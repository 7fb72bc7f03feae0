"""Calls that never become requests: each of them is what a type checker points at."""

from __future__ import annotations

from actions import actions

actions.like(post_id=1)
actions.blog.comment(post_id="hello", author="Ada")
actions.blog.coment(post_id="hello")
likes: str = actions.like(post_id="hello").likes
