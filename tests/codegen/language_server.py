"""Asks a language server what an editor asks: the Language Server Protocol over its standard streams."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from queue import Queue
from typing import Any

Json = dict[str, Any]
SECONDS = 60


class LanguageServer:
    """A language server that has a folder open.

    Args:
        command: How to start it.
        folder: The folder that an editor would open.
        python: The interpreter whose packages it sees.
    """

    def __init__(self, command: Sequence[str], folder: Path, python: str) -> None:
        self._folder = folder
        self._python = python
        self._answers: dict[int, Queue[Json]] = {}
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        threading.Thread(target=self._listen, daemon=True).start()
        kinds = ["markdown", "plaintext"]
        signature = {"documentationFormat": kinds, "parameterInformation": {"labelOffsetSupport": False}}
        document = {
            "hover": {"contentFormat": kinds},
            "signatureHelp": {"signatureInformation": signature},
            "completion": {"completionItem": {"documentationFormat": kinds}},
            "definition": {"linkSupport": False},
        }
        folder_of_editor = {"uri": folder.as_uri(), "name": "project"}
        capabilities = {"textDocument": document, "workspace": {"configuration": True, "workspaceFolders": True}}
        root = {"rootUri": folder.as_uri(), "workspaceFolders": [folder_of_editor]}
        self.ask("initialize", processId=None, capabilities=capabilities, **root)
        self._send({"method": "initialized", "params": {}})

    def close(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.communicate()

    def open(self, name: str, text: str) -> Document:
        """Open a file of the folder, as it stands in an editor."""
        path = self._folder / name
        path.write_text(text)
        item = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
        return Document(self, path.as_uri(), text)

    def ask(self, method: str, **parameters: Any) -> Any:
        """Send a request and return the result.

        Raises:
            queue.Empty: It does not answer in time.
        """
        number = len(self._answers) + 1
        answers = self._answers[number] = Queue()
        self._send({"id": number, "method": method, "params": parameters})
        answer = answers.get(timeout=SECONDS)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def _send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while line := stream.readline():
            length = 0
            while line.strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                line = stream.readline()
            self._take(json.loads(stream.read(length)))

    def _take(self, message: Json) -> None:
        if "method" not in message:
            self._answers[message["id"]].put(message)
        elif "id" in message:
            self._send({"id": message["id"], "result": self._editor_says(message)})

    def _editor_says(self, message: Json) -> Any:
        """Answer what a server asks its editor."""
        if message["method"] != "workspace/configuration":
            return None
        settings = {"pythonPath": self._python, "defaultInterpreterPath": self._python}
        return [settings if item.get("section") == "python" else None for item in message["params"]["items"]]


class Document:
    """An open file. Places in it are named by the text before them."""

    def __init__(self, server: LanguageServer, uri: str, text: str) -> None:
        self._server = server
        self._uri = uri
        self._text = text

    def hover(self, before: str) -> str:
        """Return what an editor shows over a name."""
        result = self._ask("hover", before, back=1)
        contents = result["contents"]
        if isinstance(contents, dict):
            return str(contents["value"])
        return str(contents)

    def signature(self, before: str) -> Json:
        """Return the signature that an editor shows while arguments are written."""
        result: Json = self._ask("signatureHelp", before)["signatures"][0]
        return result

    def completions(self, before: str) -> list[str]:
        """Return the names that an editor offers."""
        result = self._ask("completion", before)
        items = result["items"] if isinstance(result, dict) else result
        return [item["label"] for item in items]

    def definition(self, before: str) -> tuple[Path, int]:
        """Return the file and the line, counted from 1, that an editor goes to."""
        result = self._ask("definition", before, back=1)
        place = result[0] if isinstance(result, list) else result
        return Path(place["uri"].removeprefix("file://")), place["range"]["start"]["line"] + 1

    def rename(self, before: str, name: str) -> Json:
        """Return the changes that a rename makes, by file."""
        return self._ask("rename", before, back=1, newName=name)  # type: ignore[no-any-return]  # JSON of the server

    def _ask(self, question: str, before: str, *, back: int = 0, **parameters: Any) -> Any:
        head = self._text[: self._text.index(before) + len(before) - back]
        position = {"line": head.count("\n"), "character": len(head) - head.rfind("\n") - 1}
        return self._server.ask(
            f"textDocument/{question}", textDocument={"uri": self._uri}, position=position, **parameters
        )
