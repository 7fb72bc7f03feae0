"""The codes and causes of errors as types.

In the layer of words: every generated client imports this file.
"""

from __future__ import annotations

from typing import Literal

Code = Literal[
    "BAD_REQUEST",
    "UNAUTHORIZED",
    "PAYMENT_REQUIRED",
    "FORBIDDEN",
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "NOT_ACCEPTABLE",
    "PROXY_AUTHENTICATION_REQUIRED",
    "REQUEST_TIMEOUT",
    "CONFLICT",
    "GONE",
    "LENGTH_REQUIRED",
    "PRECONDITION_FAILED",
    "CONTENT_TOO_LARGE",
    "URI_TOO_LONG",
    "UNSUPPORTED_MEDIA_TYPE",
    "RANGE_NOT_SATISFIABLE",
    "EXPECTATION_FAILED",
    "MISDIRECTED_REQUEST",
    "UNPROCESSABLE_CONTENT",
    "LOCKED",
    "FAILED_DEPENDENCY",
    "TOO_EARLY",
    "UPGRADE_REQUIRED",
    "PRECONDITION_REQUIRED",
    "TOO_MANY_REQUESTS",
    "REQUEST_HEADER_FIELDS_TOO_LARGE",
    "UNAVAILABLE_FOR_LEGAL_REASONS",
    "INTERNAL_SERVER_ERROR",
    "NOT_IMPLEMENTED",
    "BAD_GATEWAY",
    "SERVICE_UNAVAILABLE",
    "GATEWAY_TIMEOUT",
    "HTTP_VERSION_NOT_SUPPORTED",
    "VARIANT_ALSO_NEGOTIATES",
    "INSUFFICIENT_STORAGE",
    "LOOP_DETECTED",
    "NETWORK_AUTHENTICATION_REQUIRED",
]
"""The stable name of a failure: the IANA name of an HTTP status code.

http.HTTPStatus still has older names of some.
"""

CONTRACT_HEADER = "actions-contract"
"""The header with the hash of an action's contract: in a request the caller's; in a response the
server's, if it is another one."""

Cause = Literal["connect", "timeout", "protocol", "server", "configuration", "contract"]
"""Where a call failed: no connection, no answer in time, an answer that is not ours, or one that says so.

Before there was a request: no usable URL is configured, or the contracts differ and the client was
configured to raise.
"""
