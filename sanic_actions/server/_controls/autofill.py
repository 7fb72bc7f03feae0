"""The ``autocomplete`` attribute, which follows from the usual names of fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from ..._types.fields import Field
from .field_types import TEXTS, FieldType, unwrap
from .markup import Attributes
from .place import MARK

_AUTOCOMPLETE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("name", "full_name", "your_name"), "name"),
    **dict.fromkeys(("first_name", "given_name", "forename"), "given-name"),
    **dict.fromkeys(("last_name", "family_name", "surname"), "family-name"),
    **dict.fromkeys(("username", "user_name", "login"), "username"),
    **dict.fromkeys(("email", "email_address", "mail"), "email"),
    **dict.fromkeys(("phone", "phone_number", "telephone", "tel", "mobile"), "tel"),
    **dict.fromkeys(("street", "street_address", "address_line1", "address_line_1"), "address-line1"),
    **dict.fromkeys(("address_line2", "address_line_2"), "address-line2"),
    **dict.fromkeys(("city", "town"), "address-level2"),
    **dict.fromkeys(("postal_code", "postcode", "zip", "zip_code"), "postal-code"),
    **dict.fromkeys(("country", "country_name"), "country-name"),
    **dict.fromkeys(("company", "organization", "organisation"), "organization"),
    **dict.fromkeys(("birthday", "birth_date", "birthdate", "date_of_birth"), "bday"),
    **dict.fromkeys(("otp", "one_time_code", "totp"), "one-time-code"),
    **dict.fromkeys(("website", "homepage"), "url"),
}
"""Autofill field names (HTML standard, "autofill") by what fields are usually called."""


def autofill(path: str, kind: str, type_: FieldType, *, signs_in: bool = False) -> Attributes:
    """Return the attributes that follow from a field's name and from what is around it.

    Args:
        path: The path of the field.
        kind: The kind of its control.
        type_: Its type.
        signs_in: Whether its form asks for a password, and no other field of it is who signs in.
    """
    group, _, name = path.rpartition(".")
    plain = name.lower()
    if kind == "password":
        code = _AUTOCOMPLETE.get(plain) == "one-time-code"
        return {"autocomplete": "one-time-code" if code else _password(plain, type_)}
    # Rows are about others than the visitor, and in a group ``name`` may be the name of anything.
    if MARK in path or (group and plain == "name"):
        return {}
    token = _AUTOCOMPLETE.get(plain) or {"email": "email", "tel": "tel"}.get(kind)
    if signs_in and path == "name":
        token = _USER  # what a password manager fills in beside the password
    if token is None or kind not in TEXTS | {"date"} or kind == "textarea":
        return {}
    keyboard: Attributes = {"inputmode": token} if (token, kind) == ("tel", "text") else {}
    return {"autocomplete": token, **keyboard}


def signs_in(fields: Iterable[Field]) -> bool:
    """Return whether fields ask for a password, and say of who signs in no more than a name."""
    types = {field.name.lower(): unwrap(field.annotation, field.info) for field in fields}
    passwords = [name for name, type_ in types.items() if _is_asked_for(type_) and _password(name, type_) != "off"]
    return bool(passwords) and _IDENTITIES.isdisjoint(map(_AUTOCOMPLETE.get, types))


def _is_asked_for(type_: FieldType) -> bool:
    return type_.is_secret or type_.widget == "password"


_USER: Final = "username"

_IDENTITIES: Final = frozenset({_USER, "email", "tel"})


def _password(name: str, type_: FieldType) -> str:
    # Rules for a password, or a word like "new", mean that one is being chosen, not entered.
    if "pass" not in name:
        return "off"
    is_new = {"min_length", "pattern"} & type_.constraints.keys() or re.search("new|confirm|repeat|again", name)
    if is_new:
        return "new-password"
    return "current-password"
