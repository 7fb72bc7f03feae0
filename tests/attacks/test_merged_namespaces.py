"""What a namespace says of its members holds for them wherever they are taken."""

from __future__ import annotations

import collections
import copy
import itertools
import types
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import pytest
from sanic import Sanic

from sanic_actions import ActionError, Namespace, action, define_action
from sanic_actions._namespace import entries
from sanic_actions._options import SharedOptions
from sanic_actions.server import ActionContext, ActionsBlueprint, Limits, call_url


class Sold(ActionError, code="CONFLICT"):
    pass


class Gone(ActionError, code="GONE"):
    pass


def members_only(context: ActionContext) -> None:
    raise ActionError("UNAUTHORIZED", "Sign in first.")


def admins_only(context: ActionContext) -> None:
    raise ActionError("FORBIDDEN", "Admins only.")


@action(raises=[Gone], guard=admins_only)
def reset(count: int = 1) -> str:
    return "reset"


@action(public=True)
def login() -> None: ...


@action
def hello() -> str:
    return "hello"


PLAIN: dict[str, Any] = {"reset": reset, "inner": {"reset": reset, "deep": Namespace(reset=reset)}}
OPTIONS: dict[str, Any] = {"guard": members_only, "raises": [Sold], "public": True, "limits": Limits(body=10)}
ADMIN = Namespace(PLAIN).with_options(**OPTIONS)
NAMES = ("reset", "inner.reset", "inner.deep.reset")

Merge = Callable[[Namespace], Mapping[str, Any]]


def updated(admin: Namespace) -> Mapping[str, Any]:
    tree: dict[str, Any] = {"hello": hello}
    tree.update(admin)
    return tree


def merged_in_place(admin: Namespace) -> Mapping[str, Any]:
    tree: dict[str, Any] = {"hello": hello}
    tree |= admin
    return tree


def namespace_merged_in_place(admin: Namespace) -> Mapping[str, Any]:
    tree = Namespace(hello=hello)
    tree |= admin
    return tree


def matched(admin: Namespace) -> Mapping[str, Any]:
    match admin:
        case {"reset": member, **rest}:
            return {"reset": member, **rest}
        case _:
            raise AssertionError


MERGES: dict[str, Merge] = {
    "itself": lambda admin: admin,
    "spread": lambda admin: {**admin, "hello": hello},
    "spread last": lambda admin: {"hello": hello, **admin},
    "dict": dict,
    "items": lambda admin: dict(admin.items()),
    "comprehension": lambda admin: {name: member for name, member in admin.items() if name},
    "keys and values": lambda admin: dict(zip(admin.keys(), admin.values(), strict=True)),
    "get": lambda admin: {name: admin.get(name) for name in admin},
    "update": updated,
    "in place": merged_in_place,
    "namespace in place": namespace_merged_in_place,
    "match": matched,
    "positional": Namespace,
    "keywords": lambda admin: Namespace(**admin),
    "positional and more": lambda admin: Namespace(admin, hello=hello),
    "or": lambda admin: admin | {"hello": hello},
    "or namespace": lambda admin: admin | Namespace(hello=hello),
    "or from the left": lambda admin: {"hello": hello} | admin,
    "or from the left of a namespace": lambda admin: Namespace(hello=hello) | admin,
    "or of three": lambda admin: Namespace(hello=hello) | admin | {"other": hello},
    "copy": copy.copy,
    "deep copy": copy.deepcopy,
    "copy of a dict": lambda admin: copy.copy(dict(admin)),
    "ordered": collections.OrderedDict,
    "user dict": collections.UserDict,
    "chain map": lambda admin: collections.ChainMap({"hello": hello}, admin),  # type: ignore[arg-type]  # read only
    "proxy": types.MappingProxyType,
    "with no options": lambda admin: admin.with_options(),
    "twice": lambda admin: Namespace({**Namespace(dict(admin))}),
}


@pytest.mark.parametrize("way", MERGES)
def test_options_travel_with_members(way: str) -> None:
    """However the members of a namespace are taken out, each keeps the guards, errors, limits and ``public`` of it."""
    found = entries(MERGES[way](ADMIN))

    for name in NAMES:
        entry = found[name]
        assert entry.guards == (members_only, admins_only)
        assert entry.raises == (Sold, Gone)
        assert entry.public is True
        assert entry.limits.body == 10
        assert entry.action is reset
    if "hello" in found:
        assert (found["hello"].guards, found["hello"].raises, found["hello"].public) == ((), (), False)


@pytest.mark.parametrize("way", MERGES)
def test_guards_around_what_is_public_travel(way: str) -> None:
    """An action that says ``public=True`` inside a guarded namespace is noted as guarded, wherever it was merged."""
    admin = Namespace(reset=login, inner={"login": login}).with_options(guard=members_only)
    found = entries({"admin": Namespace(x=hello) | MERGES[way](admin)})

    assert found["admin.reset"].kept_guards == (members_only,)
    assert found["admin.inner.login"].kept_guards == (members_only,)


LAYERS = [
    SharedOptions(guards=guards, public=public)
    for guards in ((), (members_only,), (admins_only,))
    for public in (None, True, False)
]


@pytest.mark.parametrize("outer", LAYERS)
def test_options_are_the_same_in_whatever_order_they_are_joined(outer: SharedOptions) -> None:
    """Options of three layers do not depend on which two are joined first, as merging joins the inner ones first."""
    for middle, inner in itertools.product(LAYERS, LAYERS):
        assert outer.around(middle).around(inner) == outer.around(middle.around(inner))


@pytest.mark.parametrize("way", MERGES)
def test_options_of_nested_namespaces_travel(way: str) -> None:
    """The members of inner namespaces keep what all namespaces around them have said, outermost first."""
    inner = Namespace(reset=reset).with_options(guard=admins_only, raises=[Gone], public=False)
    outer = Namespace(hello=hello, inner={"deep": inner}).with_options(guard=members_only, raises=[Sold], public=True)
    taken: Any = MERGES[way](Namespace(reset=hello, outer=outer))["outer"]
    found = entries({**MERGES["spread"](taken["inner"]["deep"])})

    assert found["reset"].guards == (members_only, admins_only)
    assert found["reset"].raises == (Sold, Gone)
    assert found["reset"].public is False


def test_one_member_travels_alone() -> None:
    """A member that is taken by its name is the same action, with the options of the namespace."""
    member: Any = ADMIN["reset"]

    assert member == reset
    assert hash(member) == hash(reset)
    assert {member: 1}[reset] == 1
    assert member.guards == (members_only, admins_only)
    assert reset.guards == (admins_only,)
    assert member() == "reset"
    assert repr(member) == repr(reset)
    assert member != hello


def test_member_has_its_place(serve: Callable[[Any], str]) -> None:
    """The action, and the one that was taken out of its namespace, stand where the tree has them."""
    app: Sanic[Any, Any] = Sanic("merged")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(Namespace({"reset": ADMIN["reset"], "hello": hello})))
    url = serve(app)

    assert call_url(reset, app=app) == "/_actions/reset"
    member: Any = ADMIN["reset"]
    assert call_url(member, app=app) == "/_actions/reset"
    assert httpx2.post(f"{url}/_actions/reset").status_code == 401
    assert httpx2.post(f"{url}/_actions/hello").json() == "hello"


def test_guard_that_is_met_twice_runs_once() -> None:
    """A guard of several namespaces around an action stands once, where it comes first."""
    tree = Namespace(Namespace(reset=reset).with_options(guard=members_only)).with_options(guard=members_only)

    assert entries(tree, members_only)["reset"].guards == (members_only, admins_only)


def test_namespace_inside_itself_with_options() -> None:
    """A tree that contains itself is refused, with options and merged as well."""
    tree: dict[str, Any] = {"hello": hello}
    tree["again"] = Namespace(again=tree).with_options(guard=members_only)

    for server in (tree, {**Namespace(tree).with_options(public=True)}):
        with pytest.raises(Exception, match="contains itself"):
            entries(server)


def test_explicit_options_of_an_action_count(serve: Callable[[Any], str]) -> None:
    """An action decorated in one call keeps its options: none is dropped in silence."""
    direct: Any = action
    made = direct(hello.handler, guard=members_only)

    assert made.guards == (members_only,)
    with pytest.raises(TypeError, match="'guard'"):
        direct(hello.handler, gaurd=members_only)
    misspelt: Any = define_action
    with pytest.raises(TypeError, match="'guard'"):
        misspelt(handler=hello.handler, gaurd=members_only)
