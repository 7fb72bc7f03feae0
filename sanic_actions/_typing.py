"""What a client needs of ``typing`` without importing it, which takes twice as long as all the rest of a client.

Annotations are texts: ``typing.Any`` or ``abc.Mapping`` in one is looked up by who asks for it, such as
``typing.get_type_hints``. What is needed to make a class are stand-ins here; type checkers see the real ones.
"""

from __future__ import annotations

from ._lazy import lazy

__all__ = ["Generic", "ParamSpec", "Protocol", "TypeVar", "abc", "overload", "typing"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    import typing
    from collections import abc
    from typing import Generic, ParamSpec, Protocol, overload

    from typing_extensions import TypeVar
else:
    typing, abc = lazy("typing"), lazy("collections.abc")
    GenericAlias = type(list[int])

    class Generic:
        """A class with type parameters: ``Ok[int]`` tells its origin and its arguments, and makes an ``Ok``."""

        __slots__ = ()

        def __class_getitem__(cls, given: object) -> GenericAlias:
            arguments = given if isinstance(given, tuple) else (given,)
            return GenericAlias(cls, tuple(type(None) if argument is None else argument for argument in arguments))

    class TypeVar:
        """A name that stands for a type."""

        def __init__(self, name: str, **constraints: object) -> None:
            self.__name__ = name

        def __repr__(self) -> str:
            return f"~{self.__name__}"

    class ParamSpec(TypeVar):
        """A name that stands for parameters."""

        args = kwargs = property(lambda self: self)

    class Protocol:
        """A class that says what others must be like."""

        __slots__ = ()

    def overload(function: abc.Callable[..., object]) -> abc.Callable[..., object]:
        """Mark one of several signatures."""
        return function
