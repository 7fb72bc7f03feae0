"""How one action is called: its declaration read once, at the first call, into codecs.

Nothing here touches the network: an argument that cannot be sent is refused before there is a
request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any, Final, get_args, get_origin, get_type_hints

from pydantic import ConfigDict
from pydantic_core import from_json

from .._errors import ActionError, InputError, Issue, error_fields
from .._types.fields import parameters_type
from .._wire import CONFIG, Codec
from ._body import URLENCODED, Multipart, urlencoded
from ._file import File
from ._lazy import dotted
from ._transport import Body
from ._upload import Upload, uploads

JSON: Final = "application/json"

RequestContent = tuple[str | None, bytes | Body]
"""The content type and the body; no content type if there is no input."""
Encoder = Callable[[tuple[Any, ...], dict[str, Any]], RequestContent]
Writer = Callable[[Any], bytes]
ControlsWriter = Callable[[bytes], list[tuple[str, str]]]
"""Makes the controls of a form of JSON."""
Errors = Mapping[str, tuple[type[ActionError], Codec[dict[str, object]]]]


class Plan:
    """The parts of a call that are the same for all calls of one action.

    Attributes:
        encode: From the arguments of a call to a request body. Raises InputError for a value that
            does not fit.
        decode: Reads what the action returns. Raises InputError for what it cannot be.
        errors: The declared errors by class name, each with what reads its fields.
        once: Whether each call has a key, by which the server runs it once.
        contract: The hash of the contract that the declaration was generated from; empty for one
            that a person wrote.
        repeatable: Whether a call may be sent again though the server may have run it.
    """

    __slots__ = ("contract", "decode", "encode", "errors", "once", "repeatable")

    def __init__(
        self,
        declaration: Callable[..., Any],
        errors: tuple[Any, ...],
        *,
        form: bool = False,
        files: bool = False,
        idempotent: bool = False,
        once: bool = False,
        contract: str = "",
    ) -> None:
        hints = get_type_hints(declaration, include_extras=True)
        self.encode: Encoder = _encoder(declaration, hints, form=form, files=files)
        self.decode: Callable[[bytes], Any] = Codec(hints["return"]).decode
        self.errors: Errors = dict(_declared(error, declaration.__globals__) for error in errors)
        self.once: bool = once
        self.contract: str = contract
        self.repeatable: bool = once or idempotent


def _encoder(
    declaration: Callable[..., Any],
    hints: dict[str, Any],
    *,
    form: bool,
    files: bool,
) -> Encoder:
    parameters = list(signature(declaration).parameters.values())[1:]
    if not parameters:
        return _nothing
    if parameters[0].kind is Parameter.POSITIONAL_ONLY:
        codec = Codec[Any](hints[parameters[0].name])
        if form:
            return _bare_form(_writer(codec), _controls_writer(codec))
        return _bare(_writer(codec))
    if not (form or files):
        return _object(_writer(Codec[Any](_input(declaration.__name__, parameters, hints))))
    holders = frozenset(p.name for p in parameters if _holds_file(hints[p.name]))
    mappings = frozenset(name for name in holders if _holds_mapping(hints[name]))
    codec = Codec[Any](_input(declaration.__name__, parameters, hints, holders))
    return _fields(_writer(codec), _controls_writer(codec), holders, mappings, form=form)


def _nothing(args: tuple[Any, ...], kwargs: dict[str, Any]) -> RequestContent:
    return None, b""


def _bare(write: Writer) -> Encoder:
    """Return what encodes one value other than an object; one with a default may be absent."""

    def encode(args: tuple[Any, ...], kwargs: dict[str, Any]) -> RequestContent:
        if not args:
            return None, b""
        return JSON, write(args[0])

    return encode


def _bare_form(write: Writer, controls: ControlsWriter) -> Encoder:
    """Return the same for a form."""

    def encode(args: tuple[Any, ...], kwargs: dict[str, Any]) -> RequestContent:
        if not args:
            return None, b""
        return URLENCODED, urlencoded(controls(write(args[0])))

    return encode


def _object(write: Writer) -> Encoder:
    return lambda args, kwargs: (JSON, write(kwargs))


def _fields(
    write: Writer, controls: ControlsWriter, holders: frozenset[str], mappings: frozenset[str], *, form: bool
) -> Encoder:
    """Return what encodes a form, or JSON unless there are files."""

    def encode(args: tuple[Any, ...], kwargs: dict[str, Any]) -> RequestContent:
        files = {name for name in holders if _is_filled(kwargs.get(name))}
        body = write({name: value for name, value in kwargs.items() if name not in files})
        if files:
            # In the order of the arguments, so that equal calls are equal requests.
            parts: list[tuple[str, Upload]] = []
            for name in filter(files.__contains__, kwargs):
                parts += uploads(name, kwargs[name], by_key=name in mappings)
            multipart = Multipart(_object_controls(body, controls), parts)
            return multipart.content_type, multipart
        if form:
            return (URLENCODED, urlencoded(_object_controls(body, controls)))
        return (JSON, body)

    return encode


def _is_filled(value: object) -> bool:
    # Not compared: what `==` of an object does is its own.
    return value is not None and not (isinstance(value, list) and not value)


def _object_controls(body: bytes, controls: ControlsWriter) -> list[tuple[str, str]]:
    """Return the fields of an object as the controls of a form; an empty object has none.

    Elsewhere in a form an empty object needs a marker, to be told from an absent one.
    """
    if body == b"{}":
        return []
    return controls(body)


def _writer(codec: Codec[Any]) -> Writer:
    """Return what writes a value of a type as JSON; InputError is for what cannot be sent."""
    convert = codec.writer()

    def write(value: Any) -> bytes:
        try:
            return convert(value)
        except InputError as error:
            from ._foreign_objects import with_foreign_classes  # for calls that fail

            raise with_foreign_classes(error, value) from None
        except RecursionError as error:
            raise InputError([Issue("", "The input cannot be sent: it is nested too deeply")]) from error
        except Exception as error:
            # NaN, or whatever a validator of a shared class raises for this value.
            raise InputError([Issue("", f"The input cannot be sent: {error}")]) from error

    return write


def _controls_writer(codec: Codec[Any]) -> ControlsWriter:
    """Return what makes the controls of a form of the JSON of a value of this type."""
    # Actions that accept JSON alone do not need these.
    from .._forms.encode import encode_fields, mixes_texts

    marks_texts = mixes_texts(codec.schema)
    return lambda body: encode_fields(from_json(body), marks_texts=marks_texts)


# A file travels as a part of its own. What stays for the codec is the absence of one: None or an empty list.
_NO_FILE = tuple[()] | None


def _holds_file(annotation: Any) -> bool:
    return annotation is File or any(map(_holds_file, get_args(annotation)))


def _holds_mapping(annotation: Any) -> bool:
    return get_origin(annotation) is dict or any(map(_holds_mapping, get_args(annotation)))


def _input(
    name: str,
    parameters: list[Parameter],
    hints: dict[str, Any],
    holders: frozenset[str] = frozenset(),
) -> Any:
    """Return the typed dict of the parameters; those with defaults and files are optional."""
    fields: dict[str, tuple[Any, bool]] = {}
    for parameter in parameters:
        if parameter.name in holders:
            fields[parameter.name] = _NO_FILE, False
        elif parameter.kind is not parameter.VAR_KEYWORD:
            fields[parameter.name] = hints[parameter.name], parameter.default is parameter.empty
    input_type = parameters_type(name, fields, ConfigDict(**CONFIG))
    if parameters[-1].kind is Parameter.VAR_KEYWORD:
        input_type.__extra_items__ = hints[parameters[-1].name]
    return input_type


def _declared(
    error: Any,
    names: dict[str, Any],
) -> tuple[str, tuple[type[ActionError], Codec[dict[str, object]]]]:
    """Return an error class, a dotted string in generated code, with its fields' codec."""
    cls: type[ActionError] = dotted(error, names) if isinstance(error, str) else error
    hints = get_type_hints(cls, include_extras=True)
    fields = {name: (hints[name], not hasattr(cls, name)) for name in error_fields(cls)}
    return cls.__name__, (cls, Codec(parameters_type(cls.__name__, fields, ConfigDict(**CONFIG))))
