"""Where the blog keeps its things: one SQLite file, through aiosqlite, one connection a worker."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import aiosqlite

from .models import Author, Comment, Likes, Post, PostNotFound, TitleTaken, Topic

SCHEMA = """
CREATE TABLE IF NOT EXISTS posts (
    id TEXT PRIMARY KEY, title TEXT NOT NULL UNIQUE, body TEXT NOT NULL, author TEXT NOT NULL, topic TEXT NOT NULL,
    published TEXT NOT NULL, likes INTEGER NOT NULL DEFAULT 0, cover BLOB, cover_type TEXT
);
CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY, post_id TEXT NOT NULL REFERENCES posts(id), author TEXT NOT NULL, body TEXT NOT NULL,
    written TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sessions (digest TEXT PRIMARY KEY, author TEXT NOT NULL, expires REAL NOT NULL);
"""

FIRST_POSTS = (
    ("hello", "Hello, actions", "One definition serves scripts, services and forms.", "Ada", Topic.CODE),
    ("gardens", "On gardens", "A garden is never finished, which is the point of it.", "Grace", Topic.LIFE),
    ("fugues", "Listening to fugues", "Follow the second voice first.", "Emmy", Topic.MUSIC),
)

POST_COLUMNS = "id, title, body, author, topic, published, likes, cover_type"


class Store:
    """The posts and comments of one SQLite file."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, path: Path) -> Store:
        """Open the file, make the tables and the first posts where they are missing."""
        connection = await aiosqlite.connect(path, isolation_level=None, timeout=10)
        connection.row_factory = aiosqlite.Row
        await connection.execute("PRAGMA foreign_keys = ON")
        await connection.executescript(SCHEMA)
        store = cls(connection)
        now = datetime.now(UTC).isoformat()
        await connection.executemany(
            "INSERT OR IGNORE INTO posts (id, title, body, author, topic, published) VALUES (?, ?, ?, ?, ?, ?)",
            [(*post, now) for post in FIRST_POSTS],
        )
        return store

    async def close(self) -> None:
        """Close the file."""
        await self._connection.close()

    async def posts(self, topic: Topic | None, limit: int) -> list[Post]:
        """The newest posts, of one topic or of all."""
        rows = await self._connection.execute_fetchall(
            f"SELECT {POST_COLUMNS} FROM posts WHERE ?1 IS NULL OR topic = ?1 ORDER BY published DESC, id LIMIT ?2",  # noqa: S608  # a constant
            (topic, limit),
        )
        return [Post.model_validate(dict(row)) for row in rows]

    async def post(self, post_id: str) -> Post:
        """One post, or PostNotFound."""
        rows = await self._connection.execute_fetchall(
            f"SELECT {POST_COLUMNS} FROM posts WHERE id = ?",  # noqa: S608  # a constant
            (post_id,),
        )
        return Post.model_validate(dict(_only(rows, post_id)))

    async def publish(self, *, title: str, body: str, author: str, topic: Topic) -> Post:
        """Add a post, or TitleTaken."""
        post_id = re.sub(r"\W+", "-", title.lower()).strip("-")
        values = (post_id, title, body, author, topic, datetime.now(UTC).isoformat())
        try:
            await self._connection.execute(
                "INSERT INTO posts (id, title, body, author, topic, published) VALUES (?, ?, ?, ?, ?, ?)", values
            )
        except aiosqlite.IntegrityError:
            raise TitleTaken(f"There is a post called {title!r} already", title=title, post_id=post_id) from None
        return await self.post(post_id)

    async def like(self, post_id: str) -> Likes:
        """Count one like more, or PostNotFound."""
        rows = await self._connection.execute_fetchall(
            "UPDATE posts SET likes = likes + 1 WHERE id = ? RETURNING likes", (post_id,)
        )
        return Likes(post_id=post_id, likes=_only(rows, post_id)["likes"])

    async def comment(self, *, post_id: str, author: str, body: str) -> Comment:
        """Add a comment, or PostNotFound."""
        await self.post(post_id)
        rows = await self._connection.execute_fetchall(
            "INSERT INTO comments (post_id, author, body, written) VALUES (?, ?, ?, ?) RETURNING *",
            (post_id, author, body, datetime.now(UTC).isoformat()),
        )
        return Comment.model_validate(dict(_only(rows, post_id)))

    async def comments(self, post_id: str) -> list[Comment]:
        """The comments of a post, oldest first."""
        rows = await self._connection.execute_fetchall(
            "SELECT * FROM comments WHERE post_id = ? ORDER BY id", (post_id,)
        )
        return [Comment.model_validate(dict(row)) for row in rows]

    async def set_cover(self, post_id: str, content_type: str, picture: bytes) -> Post:
        """Give a post its cover picture, or PostNotFound."""
        await self._connection.execute(
            "UPDATE posts SET cover = ?, cover_type = ? WHERE id = ?", (picture, content_type, post_id)
        )
        return await self.post(post_id)

    async def cover(self, post_id: str) -> tuple[str, bytes] | None:
        """Media type and bytes of a post's cover picture, if there is one."""
        rows = await self._connection.execute_fetchall("SELECT cover_type, cover FROM posts WHERE id = ?", (post_id,))
        return next(((media_type, picture) for media_type, picture in rows if picture is not None), None)

    async def open_session(self, author: Author, seconds: float) -> str:
        """Begin a session, and give the id that names it; only a digest of the id is kept."""
        session = secrets.token_urlsafe(32)
        await self._connection.execute("DELETE FROM sessions WHERE expires < ?", (time.time(),))
        await self._connection.execute(
            "INSERT INTO sessions VALUES (?, ?, ?)", (_digest(session), author.name, time.time() + seconds)
        )
        return session

    async def author_of(self, session: str | None) -> Author | None:
        """Who has signed in under this id, if anybody has."""
        rows = await self._connection.execute_fetchall(
            "SELECT author FROM sessions WHERE digest = ? AND expires >= ?", (_digest(session or ""), time.time())
        )
        return next((Author(name=name) for (name,) in rows), None)

    async def close_session(self, session: str | None) -> None:
        """End a session."""
        await self._connection.execute("DELETE FROM sessions WHERE digest = ?", (_digest(session or ""),))


def _digest(session: str) -> str:
    return sha256(session.encode()).hexdigest()


def _only(rows: Iterable[aiosqlite.Row], post_id: str) -> aiosqlite.Row:
    for row in rows:
        return row
    raise PostNotFound(f"No post is called {post_id!r}", post_id=post_id)
