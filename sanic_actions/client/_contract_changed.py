"""Changed contracts: the warning for an action whose server has another contract, and ``on_change``.

Importing this costs nothing; what is done about an answer is in ``_skew``, loaded when one differs.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

OnChange = Literal["warn", "raise", "ignore"]
"""What a client does about a changed contract: it warns, raises an error, or ignores it."""

CHOICES: Final = get_args(OnChange)


class ContractChanged(UserWarning):
    """The server has a different contract of an action than the client was generated from; they may be incompatible.

    It comes once for each action of a client, through the logger ``sanic_actions`` too.
    """


def checked_choice(on_change: OnChange) -> OnChange:
    """Return the choice itself.

    Raises:
        ValueError: There is no such choice.
    """
    if on_change not in CHOICES:
        raise ValueError(f"on_change is 'warn', 'raise' or 'ignore', not {on_change!r}.")
    return on_change
