"""Lists every sentence that the package says to people, from its source, as prose: ``python tests/every_message.py``.

The list stands in ``every_message.txt``, so that a review reads what users will, and a change of words shows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "sanic_actions"
CODE = ("<", "class ", "import ", "#", "CREATE ", "SELECT ", "DELETE ", "INSERT ")
LIST = HERE / "every_message.txt"


def written_list() -> str:
    """The whole list, a section for each module."""
    sections = []
    for path in sorted(PACKAGE.rglob("*.py")):
        messages = dict.fromkeys(messages_of(ast.parse(path.read_text(encoding="utf-8"))))
        if messages:
            name = path.relative_to(PACKAGE.parent).as_posix()
            sections.append("\n".join([f"# {name}", *messages]))
    return "\n\n".join(sections) + "\n"


def messages_of(tree: ast.Module) -> Iterator[str]:
    """Yield the sentences of a module in their order: what is not a docstring and reads as words."""
    documentation = set(docstrings(tree))
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in sorted(_strings(tree), key=lambda node: (node.lineno, node.col_offset)):
        if id(node) in documentation or (id(node) in inner and not isinstance(node, ast.JoinedStr)):
            continue
        text = " ".join(_text(node).split())
        if is_sentence(text):
            yield text


def _strings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            yield node


def docstrings(tree: ast.Module) -> Iterator[int]:
    """Yield the strings that document something, attributes too."""
    for node in ast.walk(tree):
        for statement in getattr(node, "body", ()) if not isinstance(node, ast.IfExp | ast.Lambda) else ():
            if isinstance(statement, ast.Expr):
                yield id(statement.value)


def _text(node: ast.expr) -> str:
    """Return a string with the source of what is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values))
    if isinstance(node, ast.FormattedValue):
        return f"{{{ast.unparse(node.value)}}}"
    return str(getattr(node, "value", ""))


def is_sentence(text: str) -> bool:
    """Whether a string reads as words: three at least, and no code, markup or style."""
    words = [word for word in text.split() if word.strip("'\"(),.:;!?").isalpha()]
    is_code = text.startswith(
        ("<", "def ", "class ", "import ", "from ", "#", "CREATE ", "SELECT ", "DELETE ", "INSERT ")
    )
    return len(words) >= 3 and not is_code and "{ " not in text and len(words) * 2 >= len(text.split())


if __name__ == "__main__":
    LIST.write_text(written_list(), encoding="utf-8")
