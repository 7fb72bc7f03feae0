"""Types that pydantic validates in Python: whatever they are asked for, they take it or refuse it."""

from __future__ import annotations

import ipaddress
import json
import re
import zoneinfo
from collections.abc import Hashable, Iterable
from contextlib import suppress
from typing import Annotated, Any, NamedTuple

import pytest
from attacks.cost import cost
from pydantic import BaseModel, Field, IPvAnyAddress, IPvAnyInterface, IPvAnyNetwork

from sanic_actions import InputError
from sanic_actions._types.scalars import SCALARS
from sanic_actions._wire import Codec

NETWORKS = (
    *(ipaddress.IPv4Network, ipaddress.IPv4Interface, ipaddress.IPv6Network, ipaddress.IPv6Interface),
    *(IPvAnyNetwork, IPvAnyInterface),
)
ADDRESSES = (ipaddress.IPv4Address, ipaddress.IPv6Address, IPvAnyAddress)
START = {ipaddress.IPv6Network: "::", ipaddress.IPv6Interface: "::"}


def nested(depth: int) -> list[Any]:
    """Lists in lists."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


ODD_PREFIXES: Any = (
    None,
    (),
    [],
    {},
    1.5,
    "",
    "x",
    b"",
    b"24",
    2**200,
    -1,
    10**300,
    object(),
    nested(3000),
)
ODD_VALUES: Any = (
    *((), (1, 2, 3), (1, 2, 3, 4), ((), ()), ((), 24), ([], 24), (None, None), (1.5, 24), (b"", 0), (2**200, 1), ("",)),
    *(
        None,
        [],
        {},
        set(),
        1.5,
        float("nan"),
        -1,
        2**128,
        2**200,
        "",
        "/",
        "::/",
        b"",
        b"12345",
        bytearray(4),
        object(),
    ),
    *(..., int, len, nested(3000), range(3), iter(()), re.compile("x")),
)
ODD_STRINGS = ("a{4294967295}", "a{99999999999999999999}", "(" * 5000 + ")" * 5000, "(?", "\x00", "\ud800", "x" * 9000)
ODD_JSON = (b'"a{4294967295}"', b'"%s%s"' % (b"(" * 5000, b")" * 5000), b"[]", b"1e400", b"{}", b'"secret"', b"null")
# What the core of pydantic 2.12 does with a complex number of more than 64 bits is its own fault.
TYPES = [*(scalar.type for scalar in SCALARS if scalar.type is not complex), re.Pattern[str], Hashable]


def accepted(kind: Any, values: Iterable[object]) -> list[object]:
    """Ask a type for values, and return what it makes of the valid ones; anything but an InputError is a failure."""
    codec: Codec[Any] = Codec(kind)
    results = []
    for value in values:
        with suppress(InputError):
            results.append(codec.validate(value))
    return results


def complaints_about(codec: Codec[Any], body: bytes) -> list[str]:
    """What is said of a body; nothing of a good one."""
    try:
        codec.decode(body)
    except InputError as error:
        return [issue.message for issue in error.issues]
    return []


@pytest.mark.parametrize("kind", [*NETWORKS, *ADDRESSES])
def test_whatever_is_no_address_is_refused(kind: Any) -> None:
    """What is not an address or a network is invalid, of whatever class it is."""
    assert accepted(kind, ODD_VALUES) == []


@pytest.mark.parametrize("kind", NETWORKS)
def test_whatever_is_no_prefix_is_refused(kind: Any) -> None:
    """A pair of an address and what is not the length of a prefix is invalid."""
    pairs = [(START.get(kind, "0.0.0.0"), prefix) for prefix in ODD_PREFIXES]

    networks: list[Any] = accepted(kind, pairs)

    assert [str(network).partition("/")[2] for network in networks] == ["24"]  # int() reads b"24"


@pytest.mark.parametrize("scalar", TYPES)
def test_any_scalar_takes_or_refuses_any_value(scalar: Any) -> None:
    """Whatever a scalar is asked to be, it is or is invalid: nothing else is raised."""
    values = [*ODD_STRINGS, *ODD_VALUES]

    assert len(accepted(scalar, values)) < len(values)


@pytest.mark.parametrize("scalar", [*TYPES, *ADDRESSES, *NETWORKS])
def test_any_scalar_reads_or_refuses_any_json(scalar: Any) -> None:
    """What comes as JSON is read or invalid, too, and no complaint repeats it."""
    codec: Codec[Any] = Codec(scalar)

    complaints = [complaint for body in ODD_JSON for complaint in complaints_about(codec, body)]

    assert not [complaint for complaint in complaints if "secret" in complaint]


class Route(NamedTuple):
    """A place of a named tuple."""

    network: ipaddress.IPv4Network
    name: str = ""


class Rule(BaseModel):
    """A field of a model."""

    source: ipaddress.IPv4Network | tuple[str, ...] = ("any",)


def test_fields_hold_what_a_network_refuses() -> None:
    """It is the same in a field, of what a handler returns as a dict."""
    assert Codec(Rule).write({"source": ()}) == b'{"source":[]}'
    assert Codec(Rule).decode(b'{"source": []}').source == ()


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (ipaddress.IPv4Network | tuple[str, ...], (), b"[]"),
        (tuple[str, ...] | ipaddress.IPv6Interface, (), b"[]"),
        (ipaddress.IPv4Interface | tuple[str, float], ("0.0.0.0", 1.5), b'["0.0.0.0",1.5]'),
        (ipaddress.IPv6Network | tuple[str, None], ("::", None), b'["::",null]'),
        (list[ipaddress.IPv4Network | tuple[str, ...]], [(), ()], b"[[],[]]"),
        (dict[str, ipaddress.IPv4Network | tuple[str, ...] | None], {"a": (), "b": None}, b'{"a":[],"b":null}'),
        (
            dict[str, Annotated[ipaddress.IPv6Network, Field()] | tuple[None, ...]],
            {"a": ()},
            b'{"a":[]}',
        ),
    ],
)
def test_unions_hold_what_a_network_refuses(kind: Any, value: object, written: bytes) -> None:
    """What a network cannot be made of is the other member of the union, there and back."""
    codec: Codec[Any] = Codec(kind)

    assert codec.write(value) == written
    assert codec.decode(written) == value


@pytest.mark.parametrize("value", [((), "x"), (("0.0.0.0", None), "x")])
def test_places_that_are_no_network_are_named(value: object) -> None:
    """The complaint is about the place where the network should be."""
    with pytest.raises(InputError) as error:
        Codec(Route).validate(value)

    assert [(issue.path, issue.message) for issue in error.value.issues] == [("0", "Input is not a valid value")]


class Endless(ipaddress.IPv6Network):
    """A network of more addresses than anybody has time for."""

    def __iter__(self) -> Any:
        raise AssertionError("its addresses were listed")


@pytest.mark.parametrize(
    "kind",
    [
        list[str] | ipaddress.IPv6Network,
        set[ipaddress.IPv6Address] | ipaddress.IPv6Network,
        tuple[ipaddress.IPv6Address, ...] | Annotated[ipaddress.IPv6Network, Field()] | None,
    ],
)
def test_addresses_of_a_network_are_not_listed(kind: Any) -> None:
    """A network in a union with a list stays a network, of whatever size, in whichever order they stand."""
    codec: Codec[Any] = Codec(kind)

    assert codec.write(Endless("::/64")) == b'"::/64"'
    assert codec.decode(b'"::/64"') == ipaddress.IPv6Network("::/64")
    assert codec.decode(b"[]") is not None


def test_errors_of_ones_own_validators_are_not_hidden() -> None:
    """What a validator of the user's raises by mistake stays a mistake."""

    class Account(BaseModel):
        """Its validator has a mistake."""

        network: ipaddress.IPv4Network

        def model_post_init(self, _context: object) -> None:
            raise KeyError("a mistake")

    with pytest.raises(KeyError):
        Codec(Account).decode(b'{"network": "10.0.0.0/8"}')


KNOWN_ZONES = ("Europe/Berlin", "UTC", "Factory", "localtime", "posixrules", "posix/UTC", "right/Europe/Berlin")


@pytest.mark.parametrize(
    "name", [*KNOWN_ZONES, "europe/berlin", "posix/x", "../UTC", "", "Europe", "leapseconds", "a\0b"]
)
def test_zones_are_those_of_the_standard_library(name: str) -> None:
    """A time zone is taken if ``ZoneInfo`` has it, before and after somebody has sent an unknown one."""
    codec: Codec[Any] = Codec(zoneinfo.ZoneInfo)
    body = json.dumps(name).encode()
    try:
        zone: object = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        zone = None

    for _ in range(2):
        if zone is None:
            with pytest.raises(InputError) as refusal:
                codec.decode(body)
            assert [(issue.message, issue.type) for issue in refusal.value.issues] == [
                ("Input is not a valid time zone", "zoneinfo_str")
            ]
            with pytest.raises(InputError):
                codec.decode(b'"Nowhere/Land"')
        else:
            assert codec.decode(body) == zone


def test_unknown_zones_are_refused_without_a_search() -> None:
    """Thousands of unknown time zones cost a few steps each: no file is looked for."""
    codec: Codec[Any] = Codec(list[zoneinfo.ZoneInfo])
    body = json.dumps([f"Etc/x{number}" for number in range(1_000)]).encode()

    def refused() -> None:
        with pytest.raises(InputError):
            codec.decode(body)

    refused()  # which finds all zones

    assert cost(refused).lines < 60_000
