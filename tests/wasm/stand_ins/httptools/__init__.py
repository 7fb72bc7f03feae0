"""Stands in for a parser in C that Sanic imports and that nothing here calls."""


def parse_url(url: bytes) -> object:
    """Refuse: nothing is served here."""
    raise NotImplementedError
