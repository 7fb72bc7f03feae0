"""Uploaded files as handlers see them, and the limits that a type can set on them.

The server makes the ``UploadedFile`` objects while it reads a form.
"""

from __future__ import annotations

import re
import unicodedata
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

# asyncio and shutil are imported in functions: type checkers read this file, with its imports, for
# every client package.

FILES: Final = "sanic_actions.files"
"""Key of the validation context that holds the files of one request, by their number."""


class UploadedFile:
    """One uploaded file; closed and removed when the request ends.

    Attributes:
        name: The file's name, made safe by ``safe_name``; empty when none was sent.
        content_type: The media type that the sender declared. A claim, not a fact.
        size: Length in bytes.
        file: The open binary file, at its beginning.
    """

    __slots__ = ("content_type", "file", "name", "size")

    def __init__(
        self, file: BinaryIO, *, name: str = "", content_type: str = "application/octet-stream", size: int
    ) -> None:
        self.file: BinaryIO = file
        self.name: str = name
        self.content_type: str = content_type
        self.size: int = size

    def __repr__(self) -> str:
        return f"UploadedFile(name={self.name!r}, content_type={self.content_type!r}, size={self.size})"

    async def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes from the current position, or all that is left."""
        from asyncio import to_thread

        return await to_thread(self.file.read, size)

    async def save(self, path: str | PathLike[str]) -> None:
        """Write the whole file to ``path``; an existing file there is replaced.

        Raises:
            OSError: The path cannot be written.
        """
        from asyncio import to_thread

        await to_thread(self._copy, path)

    def _copy(self, path: str | PathLike[str]) -> None:
        import shutil

        self.file.seek(0)
        with Path(path).open("wb") as target:
            shutil.copyfileobj(self.file, target)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # A form is validated as JSON that has the number of a file in place of the file itself.
        instance = core_schema.is_instance_schema(cls)
        by_number = core_schema.with_info_plain_validator_function(_numbered_file)
        return core_schema.json_or_python_schema(json_schema=by_number, python_schema=instance)


def _numbered_file(number: Any, info: core_schema.ValidationInfo) -> UploadedFile:
    """Return the file of this number in the form; JSON itself cannot carry one."""
    files = (info.context or {}).get(FILES)
    if files is None or type(number) is not int or not 0 <= number < len(files):
        raise PydanticCustomError("file_expected", "Choose a file")
    file: UploadedFile = files[number]
    return file


class MaxBytes:
    """A limit on the size of an uploaded file: ``Annotated[UploadedFile, MaxBytes("5MB")]``.

    Attributes:
        limit: The largest size in bytes.

    Raises:
        ValueError: It is neither a number of bytes above 0 nor a size such as ``500KB``, ``5MB`` or
            ``1GiB`` (KB is 1000 bytes, KiB 1024).
    """

    __slots__ = ("limit",)

    def __init__(self, limit: int | str) -> None:
        self.limit: int = _size(limit)

    def __repr__(self) -> str:
        return f"MaxBytes({self.limit})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaxBytes) and other.limit == self.limit

    def __hash__(self) -> int:
        return hash((MaxBytes, self.limit))

    def __get_pydantic_core_schema__(
        self,
        source: Any,
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, file: UploadedFile | None) -> UploadedFile | None:
        if file is None:
            return None
        if file.size > self.limit:
            context = {"limit": self.limit, "most": size_in_words(self.limit)}
            raise PydanticCustomError("file_too_large", "Must be at most {most}", context)
        return file


class Accept:
    """The types that an uploaded file may have: ``Annotated[UploadedFile, Accept("image/*")]``.

    As in HTML, a file fits if it has one of the media types or one of the extensions. Extensions
    are for files whose media type depends on the sender's programs: where Excel is installed, a
    ``.csv`` is sent as an Excel sheet.

    Attributes:
        types: The media types, each ``type/subtype`` or ``type/*``, and extensions, each ``.csv``.

    Raises:
        ValueError: Something given is neither a media type nor an extension, or nothing is given.
    """

    __slots__ = ("types",)

    def __init__(self, *types: str) -> None:
        if not types:
            raise ValueError("Accept() takes no file; write what it takes, like Accept('.csv').")
        for type_ in types:
            if not _is_type(type_):
                raise ValueError(f"{type_!r} is not a media type; write it like 'image/png', 'image/*' or '.csv'.")
        self.types: tuple[str, ...] = types

    def __repr__(self) -> str:
        return f"Accept({', '.join(map(repr, self.types))})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Accept) and other.types == self.types

    def __hash__(self) -> int:
        return hash((Accept, self.types))

    def __get_pydantic_core_schema__(
        self,
        source: Any,
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, file: UploadedFile | None) -> UploadedFile | None:
        if file is None:
            return None
        if not self._fits(file):
            context = {"accepted": ", ".join(self.types)}
            raise PydanticCustomError("file_type", "Choose a file of another type: {accepted}", context)
        if not _begins_as(file):
            message = "Choose another file: this one is not what its type says, {declared}"
            raise PydanticCustomError("file_content", message, {"declared": _media_type(file)})
        return file

    def _fits(self, file: UploadedFile) -> bool:
        content_type = _media_type(file)
        kind = content_type.partition("/")[0]
        name = file.name.lower()
        for type_ in map(str.lower, self.types):
            if type_.startswith("."):
                if name.endswith(type_):
                    return True
            elif type_ in (content_type, f"{kind}/*"):
                return True
        return False


def _is_type(value: object) -> bool:
    return isinstance(value, str) and _TYPE.fullmatch(value) is not None


_TYPE: Final = re.compile(r"[\w.+-]+/(\*|[\w.+-]+)|(\.[\w+-]+)+")
"""A media type without parameters (RFC 6838, section 4.2), or one or more extensions (``.tar.gz``)."""

_BEGINNINGS: Final = {
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/jpeg": rb"\xff\xd8\xff",
    "image/gif": rb"GIF8[79]a",
    "image/webp": rb"RIFF....WEBP",
    "image/bmp": rb"BM",
    "application/pdf": rb"%PDF-",
    "application/zip": rb"PK(\x03\x04|\x05\x06)",
    "application/gzip": rb"\x1f\x8b",
}
"""How files of some types begin, by their specifications: bytes that deny it are refused."""


def _media_type(file: UploadedFile) -> str:
    """Return the declared type without parameters, in lower case, as RFC 9110, 8.3.1 compares."""
    return file.content_type.partition(";")[0].strip().lower()


def _begins_as(file: UploadedFile) -> bool:
    """Return whether the first bytes of a file fit its type; true for types without a rule."""
    beginning = _BEGINNINGS.get(_media_type(file))
    if beginning is None:
        return True
    # At its beginning before and after, whatever another check of the same file has read.
    file.file.seek(0)
    start = file.file.read(16)
    file.file.seek(0)
    return re.match(beginning, start, re.DOTALL) is not None


MAX_NAME: Final = 200
"""Longest safe name in bytes of UTF-8; file systems commonly allow 255."""


def safe_name(filename: str) -> str:
    """Return the sender's file name, changed as little as it takes to be safe in any folder.

    That is the last path component, without control and formatting characters (a right-to-left
    override shows ``gnp.exe`` as ``exe.png``), without characters and names that Windows reserves,
    without leading dots, and not too long.
    """
    if not filename:
        return ""
    # Composed, since macOS sends accents as marks of their own, and two names that look alike would
    # differ.
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", filename)[-1])
    name = "".join(char for char in name if unicodedata.category(char) not in _INVISIBLES)
    name = re.sub(r'[<>:"|?*]', "_", name).strip(". ")
    if name.partition(".")[0].rstrip().upper() in _DEVICES:
        name = f"_{name}"
    return _shortened(name) or "file"


def _shortened(name: str) -> str:
    """Return the name in at most ``MAX_NAME`` bytes, with its extension."""
    if len(name.encode()) <= MAX_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    if stem and len(extension) <= 16:
        ending = f"{dot}{extension}"
    else:
        ending = ""
    room = MAX_NAME - len(ending.encode())
    # The cut may go through a character: "ignore" drops its half.
    return name.encode()[:room].decode(errors="ignore").rstrip(". ") + ending


_INVISIBLES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_DEVICES: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789¹²³")}
)

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def size_in_words(size: int) -> str:
    """Return a number of bytes as people read it: ``5 MB``."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"


def _size(size: object) -> int:
    """Return how many bytes a size of a program is, a number or a text."""
    # A bool is a number for Python, and "True bytes" is a mistake.
    if type(size) is int and size > 0:
        return size
    match = isinstance(size, str) and re.fullmatch(r"\s*(\d+)\s*([A-Za-z]*)\s*", size)
    if not match or match[2].upper() not in _UNITS or not int(match[1]):
        raise ValueError(f"{size!r} is not a size; write it like '500KB', '5MB' or '1GiB'.")
    return int(match[1]) * _UNITS[match[2].upper()]
