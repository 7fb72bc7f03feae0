"""What no client could have is a definition error, and hostile texts stay texts."""

from __future__ import annotations

import dataclasses
import enum
import sys
import types
from typing import Annotated, Any

import pytest
from pydantic import (
    BaseModel,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    ValidationError,
    WrapSerializer,
    create_model,
    field_serializer,
    model_serializer,
)
from pydantic_core import CoreSchema, core_schema

from sanic_actions import DefinitionError, Namespace, UploadedFile, action, define_action
from sanic_actions._namespace import entries
from sanic_actions.codegen import generate
from sanic_actions.codegen._page_only import page_only


class Money:
    """A class with a schema of its own, which no client has."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(lambda value: value)


class Holder(BaseModel):
    file: UploadedFile


class Apart(BaseModel):
    a: int = Field(validation_alias="inA", serialization_alias="outA")


def refused(*actions: Any, **options: Any) -> str:
    with pytest.raises(DefinitionError) as caught:
        generate({f"act{number}": one for number, one in enumerate(actions)}, **options)
    return str(caught.value)


def test_class_of_the_servers_own_code_is_refused_with_all_that_is_wrong() -> None:
    """Every problem comes at once, with action, place, reason and remedy."""

    @action
    def pay(money: Money) -> None: ...

    @action
    def hold(many: list[Holder]) -> Money:
        raise NotImplementedError

    @action(accept="json")
    def upload(file: UploadedFile) -> None: ...

    @action
    def owe(debt: Money) -> None: ...

    told = refused(pay, owe)
    assert "2 problems" in told
    assert "Action 'act0'" in told
    assert "test_refusals.py:" in told
    assert "input 'money': Money is code of the server" in told
    assert f"--share {__name__}" in told
    assert "accept='form'" in refused(upload)
    assert "Holder holds a file" in refused(hold)


def test_action_that_pages_alone_can_send_is_left_out() -> None:
    """Files in rows of a form leave their action out of the package, with its classes, and no other action."""

    @action(accept="form")
    def rows(many: list[Holder]) -> int:
        raise NotImplementedError

    @action(accept=("json", "form"))
    def nested(by_key: dict[str, Holder] | None = None) -> int:
        raise NotImplementedError

    @action(accept="form")
    def fields(file: UploadedFile, files: list[UploadedFile]) -> int:
        raise NotImplementedError

    tree = {"rows": rows, "nested": nested, "fields": fields}
    texts = generate(tree)
    stub = texts["actions/__init__.pyi"]
    problems = page_only(entries(tree))

    assert "def fields(" in stub
    assert "def rows(" not in stub
    assert "def nested(" not in stub
    assert "class Holder" not in "".join(text for path, text in texts.items() if path.endswith(".py"))
    assert list(problems) == ["nested", "rows"]
    for problem in problems.values():
        assert "Holder holds a file, which pages can send and calls cannot" in problem.reason
        assert problem.file.endswith("test_refusals.py")
    assert "holds a file, which pages can send" in refused(rows)
    assert generate({"many": define_action(input=Holder, handler=take, accept="form")})


def take(holder: Holder) -> int:
    raise NotImplementedError


def test_types_of_a_script_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """`__main__` is another module in every process, so no client can name it."""
    made = type("Made", (BaseModel,), {"__module__": "__main__", "__annotations__": {"a": int}})
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

    @action
    def give() -> made:  # type: ignore[valid-type]  # made at run time
        raise NotImplementedError

    assert "Move it into a module of its own" in refused(give)


def test_two_types_of_one_name_are_refused() -> None:
    """Clients know types by module and name."""

    def make() -> Any:
        class Same(BaseModel):
            a: int

        return Same

    one, other = make(), make()

    @action
    def give(a: one, b: other) -> None: ...  # type: ignore[valid-type]  # made at run time

    give.handler.__annotations__.update(a=one, b=other)
    assert "has two types called Same" in refused(give)


def test_shared_model_with_two_aliases_is_refused() -> None:
    """The server's own class reads what clients must write, and the reverse."""

    @action
    def give() -> list[Apart]:
        raise NotImplementedError

    assert "cannot be shared" in refused(give, share=[__name__])


class Marked(BaseModel):
    a: int

    @field_serializer("a")
    def mark(self, value: int) -> str:
        return f"#{value}"


class Whole(BaseModel):
    a: int

    @model_serializer
    def mark(self) -> str:
        return f"#{self.a}"


class HoldsWhole(BaseModel):
    whole: list[Whole]


class Half(BaseModel):
    a: int = Field(exclude=True)
    b: int = 1


class Same(BaseModel):
    a: int

    @field_serializer("a")
    def double(self, value: int) -> int:
        return value * 2


Hash = Annotated[int, PlainSerializer(lambda value: f"#{value}", return_type=str)]
Wrapped = Annotated[int, WrapSerializer(lambda value, handler: f"#{handler(value)}", return_type=str)]
FIELDS: list[Any] = [Hash, Wrapped, Hash | None, list[Hash], dict[str, list[Wrapped]]]


def output_of(kind: Any) -> Any:
    def give() -> Any: ...

    give.__annotations__ = {"return": kind}
    return action(give)


@pytest.mark.parametrize("kind", [Marked, HoldsWhole, Half, list[Marked], *FIELDS])
def test_shared_class_reads_what_is_written(kind: Any) -> None:
    """A class that is written as another type is an output of copies alone: the class itself could not read it."""
    if kind in FIELDS:
        kind = create_model("Row", __module__=__name__, a=(kind, ...))
    give = output_of(kind)

    assert "cannot be shared" in refused(give, share=[__name__])
    assert generate({"give": give})


class OwnHash(BaseModel):
    id: int
    tags: list[str] = []

    def __hash__(self) -> int:
        return self.id


class FrozenOwnHash(BaseModel, frozen=True):
    id: int

    def __hash__(self) -> int:
        return self.id


class FrozenTags(BaseModel, frozen=True):
    tags: list[str] = []

    def __hash__(self) -> int:
        return len(self.tags)


@dataclasses.dataclass
class OwnHashOfData:
    id: int

    def __hash__(self) -> int:
        return self.id


@dataclasses.dataclass(eq=False)
class OneOfAKind:
    id: int


@pytest.mark.parametrize(
    "kind",
    [set[OwnHash], dict[str, frozenset[OwnHash] | None], set[tuple[OwnHash, int]], set[FrozenTags], set[OwnHashOfData]],
)
def test_sets_of_classes_with_a_hash_of_their_own_are_refused_or_shared(kind: Any) -> None:
    """A copy has no code of the server, so its hash is that of its fields, or it has none."""
    row = create_model("HashedRow", __module__=__name__, a=(kind, ...))

    def echo(row: Any) -> Any: ...

    echo.__annotations__ = {"row": row, "return": row}
    message = refused(action(echo))
    assert message.startswith("One problem")
    assert "has a __hash__ of its own, which its copy lacks" in message
    assert "--share" in message
    assert generate({"echo": action(echo)}, share=[__name__])


@pytest.mark.parametrize("kind", [set[FrozenOwnHash], frozenset[OneOfAKind], list[OwnHash], dict[int, OwnHash]])
def test_copies_that_need_no_code_for_their_hash(kind: Any) -> None:
    """A frozen copy has the hash of its fields, one that is compared by identity its own, and a list needs none."""
    assert generate({"give": output_of(kind)})


@pytest.mark.parametrize("kind", [Same, list[Same]])
def test_serializer_that_keeps_the_type_is_shared(kind: Any) -> None:
    """What a serializer writes as the declared type is read by the class itself."""
    assert generate({"give": output_of(kind)}, share=[__name__])


def test_enum_with_a_member_that_is_no_name_is_refused() -> None:
    """A member that cannot be written as a name has no copy."""
    odd = enum.Enum("odd", {"a-b": "x"}, module=__name__)

    @action
    def give(odd: odd) -> None: ...

    give.handler.__annotations__["odd"] = odd
    assert "'a-b'" in refused(give)


def made_model(name: str = "Made", module: str = "hostile", field: str = "a") -> Any:
    """A model called like anything."""
    fields: dict[str, Any] = {field: (int, 1)}
    return create_model(name, __module__=module, **fields)


NAMES = {
    "a field with a dash": made_model(field="a-b"),
    "a field that is a keyword": made_model(field="class"),
    "a field that Python reads otherwise": made_model(field="\ufb01le"),
    "a field that is a statement": made_model(field="a\n    import os"),
    "a class with a blank": made_model("A B"),
    "a class that Python reads otherwise": made_model("\ufb01le"),
    "a class that modules have for themselves": made_model("__getattr__"),
    "a class that generated code has for itself": made_model("_client"),
    "a module above the folder": made_model(module="..evil"),
    "a module with a path": made_model(module="a/../../b"),
    "a module that is a keyword": made_model(module="class.x"),
    "a module that is the file of a package": made_model(module="a.__init__"),
    "a member that Python reads otherwise": enum.Enum("Made", {"\ufb01le": 1}, module="hostile"),
}


@pytest.mark.parametrize("what", NAMES)
def test_names_that_cannot_be_written_are_refused(what: str) -> None:
    """Names are data too; nothing else than a name comes of them."""

    @action
    def give(value: int) -> None: ...

    give.handler.__annotations__["value"] = NAMES[what]
    assert "Rename" in refused(action(give.handler))


@pytest.mark.parametrize("name", ["_pydantic", "_typing", "str", "annotations", "property", "_T", "BaseModel"])
def test_classes_called_like_what_generated_code_needs_work(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other names make room."""

    @action
    def give(value: int) -> None: ...

    class_ = create_model(name, __module__="hostile", text=(Annotated[str, Field(min_length=1)], "x"))
    give.handler.__annotations__["value"] = class_
    texts = generate({"give": action(give.handler)})
    copies = types.ModuleType("hostile_copies")
    monkeypatch.setitem(sys.modules, "hostile_copies", copies)
    exec(texts["actions/models/hostile.py"], vars(copies))
    copied: Any = getattr(copies, name)

    assert copied().text == "x"
    with pytest.raises(ValidationError):
        copied(text="")


@pytest.mark.parametrize("name", ["../x", "a.b", "class", "", "a b", "/etc", "a\x00"])
def test_package_name_can_never_leave_the_folder(name: str) -> None:
    """A package is a plain name."""

    @action
    def ping() -> None: ...

    with pytest.raises(ValueError, match="not a name for a package"):
        generate({"ping": ping}, package=name)


HOSTILE = [
    '"""',
    '\\"""',
    "\\",
    'ends in "',
    "x\x00y",
    "\ud800",
    "\u202e",
    "# type: ignore",
    "a\n# mypy: ignore-errors",
    "'''",
    "\r\n",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text: str) -> None:
    """Docstrings, descriptions and defaults are data: they compile, say the same, and start no comment of their own."""

    @action
    def echo(value: Annotated[str, Field(description=text)] = text) -> None: ...

    echo.handler.__doc__ = f"{text} and {text}"
    made = generate({"echo": action(echo.handler)})
    names: dict[str, Any] = {"__name__": "actions"}
    exec(made["actions/__init__.py"], names)
    declared = names["_Root"].__dict__["echo"]

    assert declared._declaration.__kwdefaults__ == {"value": text}
    assert "Defined in" in declared.__doc__
    assert not any(line.startswith("# mypy: ignore-errors") for line in made["actions/__init__.pyi"].splitlines()[10:])


def test_default_with_an_evil_repr_is_not_written() -> None:
    """Only exact scalars are written; a subclass may say anything of itself."""

    class Evil(str):
        def __repr__(self) -> str:
            return "__import__('os').system('x')"

    @action
    def echo(value: str = Evil("x")) -> None: ...

    assert "value: str = ..." in generate({"echo": echo})["actions/__init__.pyi"]
    assert "__import__" not in "".join(generate({"echo": echo}).values())


def test_namespaces_and_actions_called_like_anything_compile() -> None:
    """Names of builtins, of our own files and of classes do not collide."""

    @action
    def ping() -> list[int]:
        raise NotImplementedError

    inner = Namespace(list=ping, type=ping, models=ping, Client=ping)
    made = generate(Namespace(none=inner, Blog=inner, blog=Namespace(Blog=inner, ping=ping), str=ping, models=inner))

    assert "class None_(" in made["actions/_calls/none.pyi"]
    assert "class Blog_(" in made["actions/_calls/blog/__init__.pyi"]
    assert "-> _builtins.list[int]:" in made["actions/_calls/none.pyi"]


def test_contract_changes_with_the_types_and_not_with_the_words() -> None:
    """The hash in the header is of the contract: docstrings and order are no part of it."""

    def contract(doc: str, annotation: Any) -> str:
        def ping(value: Any) -> None: ...

        ping.__doc__, ping.__annotations__["value"] = doc, annotation
        return generate({"ping": action(ping)})["actions/__init__.pyi"].splitlines()[1]

    assert contract("One.", int) == contract("Two.\n\nLong.", int) != contract("One.", str)
    assert contract("One.", int).startswith("# Contract: ")


def test_type_statements_are_used_for_a_target_that_has_them() -> None:
    """Without it, an alias works on the oldest Python that is supported."""
    from codegen import golden

    golden.texts("zoo")
    case = sys.modules["case_zoo"]
    if sys.version_info >= (3, 12):
        made = generate(case.server, target=(3, 12))
        assert "type Json = dict[str, Json]" in made["actions/models/case_zoo.pyi"]
    assert "Json: _typing.TypeAlias = 'dict[str, Json] |" in generate(case.server)["actions/models/case_zoo.pyi"]


@pytest.mark.parametrize(
    "kind",
    [
        Annotated[str, Field(min_length=-1)],
        Annotated[int, Field(gt=0.5)],
        Annotated[str, Field(pattern="(")],
        list[Annotated[int, Field(multiple_of=0)]],
        Annotated[int, Field(discriminator="kind")],
    ],
)
def test_constraint_that_pydantic_cannot_build_is_refused(kind: Any) -> None:
    """It is known when the client is generated, and not at the first call."""

    @action
    def act(value: kind) -> None: ...

    assert "input 'value': " in refused(act)
