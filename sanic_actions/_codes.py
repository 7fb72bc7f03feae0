"""The codes of errors: a stable name for each HTTP status that an error can have.

In the layer of words: every generated client imports this file.
"""

from __future__ import annotations

from ._server_mistakes import value_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._literals import Code

STATUS: dict[Code, int] = {
    "BAD_REQUEST": 400,
    "UNAUTHORIZED": 401,
    "PAYMENT_REQUIRED": 402,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_ACCEPTABLE": 406,
    "PROXY_AUTHENTICATION_REQUIRED": 407,
    "REQUEST_TIMEOUT": 408,
    "CONFLICT": 409,
    "GONE": 410,
    "LENGTH_REQUIRED": 411,
    "PRECONDITION_FAILED": 412,
    "CONTENT_TOO_LARGE": 413,
    "URI_TOO_LONG": 414,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "RANGE_NOT_SATISFIABLE": 416,
    "EXPECTATION_FAILED": 417,
    "MISDIRECTED_REQUEST": 421,
    "UNPROCESSABLE_CONTENT": 422,
    "LOCKED": 423,
    "FAILED_DEPENDENCY": 424,
    "TOO_EARLY": 425,
    "UPGRADE_REQUIRED": 426,
    "PRECONDITION_REQUIRED": 428,
    "TOO_MANY_REQUESTS": 429,
    "REQUEST_HEADER_FIELDS_TOO_LARGE": 431,
    "UNAVAILABLE_FOR_LEGAL_REASONS": 451,
    "INTERNAL_SERVER_ERROR": 500,
    "NOT_IMPLEMENTED": 501,
    "BAD_GATEWAY": 502,
    "SERVICE_UNAVAILABLE": 503,
    "GATEWAY_TIMEOUT": 504,
    "HTTP_VERSION_NOT_SUPPORTED": 505,
    "VARIANT_ALSO_NEGOTIATES": 506,
    "INSUFFICIENT_STORAGE": 507,
    "LOOP_DETECTED": 508,
    "NETWORK_AUTHENTICATION_REQUIRED": 511,
}
"""The HTTP status of each code (IANA, HTTP Status Code Registry)."""

CODE_OF: dict[int, Code] = {status: code for code, status in STATUS.items()}
"""The code of each HTTP status that has one."""


def code_of_class(status: int) -> Code | None:
    """Return the code of a status from 400 to 499; None for any other status.

    A status without a code has that of its class: a client treats 418 like 400 (RFC 9110, section
    15).
    """
    if not 400 <= status < 500:
        return None
    return CODE_OF.get(status, "BAD_REQUEST")


def known_code(code: object) -> Code:
    """Return the code itself if it is in the table; else raise ValueError with the nearest one."""
    if not isinstance(code, str) or code not in STATUS:
        # Imported for the message only: every client imports this file.
        from difflib import get_close_matches

        near = get_close_matches(str(code).upper(), STATUS, 1)
        if isinstance(code, int) and code in CODE_OF:
            near = [CODE_OF[code]]
        if isinstance(code, dict):
            hint = " Pass the code, then the message: ActionError('NOT_FOUND', 'There is no such post')."
        elif near:
            hint = f" Did you mean {near[0]!r}?"
        else:
            hint = " The codes are the names of the HTTP statuses in upper case."
        raise value_error(f"{code!r} is not a code of an ActionError.{hint}")
    return code


def refuse_code(cls: type[Exception], code: object, message: object) -> None:
    """Refuse what is not a code, if more than its spelling is wrong.

    Args:
        cls: The class of the error, which has no code of its own.
        code: What was passed for its code.
        message: What was passed for its message.

    Raises:
        ValueError: The message came first, or the class was to have a code.
    """
    if isinstance(message, str) and message in STATUS:
        raise value_error(f"{code!r} is not a code of an ActionError. The code comes first: {message!r}, {code!r}.")
    name = cls.__name__
    if name != "ActionError" and not str(code).isupper():
        raise value_error(
            f"{code!r} is not a code of an ActionError, and {name} has none of its own. "
            f'Write class {name}(ActionError, code="CONFLICT").'
        )
