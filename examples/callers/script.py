"""A script that calls the blog: no dicts, no URLs, no status codes. Needs ``ACTIONS_URL``."""

from __future__ import annotations

from actions import actions
from actions.models.examples.blog.models import PostNotFound, Topic

from sanic_actions import Err, Ok


def main() -> None:
    """Read, like, comment, and meet an error that is a value."""
    for post in actions.blog.posts(topic=Topic.CODE):
        print(f"  {post.published:%Y-%m-%d}  {post.title} by {post.author}, {post.likes} likes")

    likes = actions.like(post_id="hello")
    print(f"  liked 'hello': {likes!r}")

    comment = actions.blog.comment(post_id="hello", author="Ada", body="First!")
    print(f"  commented as {comment.author} at {comment.written:%H:%M}: {comment.body!r}")

    match actions.blog.post.safe(post_id="nothing-here"):
        case Ok(post):
            print(f"  found {post.title}")
        case Err(PostNotFound() as error):
            print(f"  as a value: {error!r}, HTTP status {error.status}")
        case Err(error):
            print(f"  something else: {error}")


if __name__ == "__main__":
    main()
