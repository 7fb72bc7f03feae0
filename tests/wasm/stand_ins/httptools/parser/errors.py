"""As above."""


class HttpParserInvalidURLError(Exception):
    """What Sanic catches."""
