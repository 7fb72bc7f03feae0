"""The guards that read a credential: a bearer token, a cookie, or a key in a header.

Each can tell an OpenAPI description which one it reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ._credential import Credential, Find, Security, explained

__all__ = ["ApiKey", "Bearer", "SessionCookie"]


class Bearer(Credential):
    """A guard that reads a token from ``Authorization: Bearer <token>``.

    Args:
        find: Returns whom a token belongs to, None for nobody: a function of the token, or of the
            context and it.

    Raises:
        TypeError: It is not a function.
    """

    challenge = "Bearer"
    header = "authorization"

    @property
    def needed(self) -> str:
        """See ``Credential``, likewise below."""
        return "a bearer token in the Authorization header"

    @property
    def security(self) -> Security:
        """The scheme."""
        return "bearer", {"type": "http", "scheme": "bearer"}

    def read(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
        """Return the token."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return token.strip()
        return ""

    def hint(self, headers: Mapping[str, str]) -> str:
        """Return how the header begins that was sent otherwise."""
        if headers.get("authorization") and not self.read(headers, {}):
            return " The value of that header begins with 'Bearer '."
        return ""


class SessionCookie(Credential):
    """A guard that reads a cookie.

    Args:
        name: The cookie's name.
        find: Returns whom its value belongs to, None for nobody: a function of the value, or of the
            context and it.

    Raises:
        TypeError: It is not a function.
        ValueError: The name cannot be that of a cookie.
    """

    name: str

    @explained
    def __init__(self, name: str, find: Find) -> None:
        super().__init__(find)
        self.name = _checked_name("SessionCookie", name)

    @property
    def needed(self) -> str:
        """See ``Credential``, likewise below."""
        return f"a cookie {self.name!r}"

    @property
    def security(self) -> Security:
        """The scheme."""
        return _component(f"cookie_{self.name}"), {"type": "apiKey", "in": "cookie", "name": self.name}

    def read(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
        """Return the cookie."""
        return cookies.get(self.name, "")


class ApiKey(Credential):
    """A guard that reads a key from a header of its own.

    Args:
        header: The header's name, such as ``X-API-Key``.
        find: Returns whom a key belongs to, None for nobody: a function of the key, or of the
            context and it.

    Raises:
        TypeError: It is not a function.
        ValueError: The name cannot be that of a header.
    """

    header: str

    @explained
    def __init__(self, header: str, find: Find) -> None:
        super().__init__(find)
        self.header = _checked_name("ApiKey", header)

    @property
    def needed(self) -> str:
        """See ``Credential``, likewise below."""
        return f"a key in the header {self.header!r}"

    @property
    def security(self) -> Security:
        """The scheme."""
        return _component(f"header_{self.header}"), {"type": "apiKey", "in": "header", "name": self.header}

    def read(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
        """Return the key."""
        return headers.get(self.header, "").strip()


def _checked_name(kind: str, name: Any) -> str:
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise ValueError(f"{kind}({name!r}, ...) is not a name that a cookie or header can have.")
    return name


def _component(name: str) -> str:
    """Return a name that the OpenAPI specification allows for a component (3.1, section 4.8.7)."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, section 5.6.2."""
