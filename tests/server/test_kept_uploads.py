"""Valid uploads of a form that failed: kept for whoever sent them, bounded, and never shown to anybody else."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import html5lib
import httpx2
import pytest
from conftest import running
from pydantic import BaseModel
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import Accept, ActionError, InputError, Issue, MaxBytes, UploadedFile, action
from sanic_actions._issues import MAX_ISSUES
from sanic_actions.server import ActionsBlueprint, UploadFolder, form
from sanic_actions.server._pages.kept_uploads import with_issues

AnySanic = Sanic[Any, Any]
CONTENT = b"%PDF-1.4 the report"
PDF = ("report.pdf", CONTENT, "application/pdf")


class Row(BaseModel):
    note: str = ""
    scan: UploadedFile | None = None


@action(accept="form")
async def send(
    name: str,
    cv: Annotated[UploadedFile, MaxBytes(100), Accept(".pdf")],
    photo: UploadedFile | None = None,
    more: list[UploadedFile] = [],
    rows: list[Row] = [],
) -> str:
    if name == "taken":
        raise ActionError("CONFLICT", "is taken")
    if name == "crash":
        raise RuntimeError("a secret")
    scans = [row.scan for row in rows if row.scan]
    parts = [await file.read() for file in (cv, *([photo] if photo else []), *more, *scans)]
    return f"{cv.name} {cv.content_type} {cv.size}: {b'|'.join(parts).decode()}"


@action(accept="form")
async def other(name: str, cv: UploadedFile) -> str:
    return (await cv.read()).decode()


def make_app(folder: Any, **options: Any) -> AnySanic:
    app: AnySanic = Sanic("uploads")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"send": send, "other": other}, uploads=folder, **options))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        from sanic_actions.server import action_result

        result = action_result(request, send) or action_result(request, other)
        said = result.data if result is not None and result.error is None else ""
        return html(f"<!doctype html><title>t</title><output>{said}</output>{form(send)}{form(other)}")

    return app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


@pytest.fixture
def client(folder: Path) -> Iterator[httpx2.Client]:
    with running(make_app(folder)) as url, httpx2.Client(base_url=url, timeout=60) as client:
        yield client


def post(client: httpx2.Client, fields: Any, name: str = "send", **files: Any) -> httpx2.Response:
    """Send a form as a browser does: as multipart, with all fields."""
    parts = [(key, (None, value)) for key, value in (fields.items() if isinstance(fields, dict) else fields)]
    parts += [(key.replace("__", "."), file) for key, several in files.items() for file in _listed(several)]
    return client.post(f"/?_action={name}", files=parts, follow_redirects=True)


def _listed(files: Any) -> list[Any]:
    return files if isinstance(files, list) else [files]


def kept(response: httpx2.Response) -> list[str]:
    """The values of the hidden controls that name kept files."""
    tree = html5lib.parse(response.text, namespaceHTMLElements=False)
    return [e.get("value") for e in tree.iter("input") if e.get("name") == "_action.upload"]


def again(response: httpx2.Response, name: str = "Ada") -> list[tuple[str, str]]:
    """What is sent of a page whose name is mended."""
    return [("name", name), *(("_action.upload", value) for value in kept(response))]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if re.fullmatch("[0-9a-f]{64}", path.name)]


FAILURES = {"invalid": ("", 400), "refused by the handler": ("taken", 409), "masked": ("crash", 500)}


@pytest.mark.parametrize("failure", FAILURES)
def test_upload_survives_a_failed_post(client: httpx2.Client, failure: str) -> None:
    """Whatever the failure, the page says which file is kept, and the form can be sent without it."""
    name, status = FAILURES[failure]

    failed = post(client, {"name": name}, cv=PDF)

    assert failed.status_code == status
    assert "report.pdf is kept; choose another to replace it." in failed.text
    assert re.search(r"<input type=file [^>]*name=cv[^>]*>", failed.text.replace('"', "")) is not None
    assert "required" not in re.findall(r"<input[^>]*name=cv[^>]*>", failed.text.replace('"', ""))[0]
    assert "<output>report.pdf application/pdf 19: %PDF-1.4 the report</output>" in post(client, again(failed)).text


def test_only_valid_files_are_kept(client: httpx2.Client, folder: Path) -> None:
    """A file that is too large, of another type, or of no field is not written at all."""
    large = ("large.pdf", b"%PDF" + b"x" * 200, "application/pdf")
    wrong: list[dict[str, Any]] = [
        {"cv": large},
        {"cv": ("a.txt", b"text", "text/plain")},
        {"stranger": PDF, "rows": PDF},
    ]
    for files in wrong:
        failed = post(client, {"name": ""}, **files)

        assert failed.status_code == 400
        assert kept(failed) == []
        assert files_in(folder) == []


def test_several_files_and_files_of_rows(client: httpx2.Client) -> None:
    """Each is kept for its own control: of a list, of a row."""
    fields = {"name": "", "rows.0.note": "first", "rows.1.note": ""}
    more = [("a", b"A", "text/plain"), ("b", b"B", "text/plain")]
    failed = post(client, fields, cv=PDF, more=more, rows__1__scan=PDF)

    assert [value.partition("=")[0] for value in kept(failed)] == ["cv", "more", "more", "rows.1.scan"]
    sent = post(client, [*again(failed), ("rows.0.note", "first"), ("rows.1.note", "")])
    assert f": {CONTENT.decode()}|A|B|{CONTENT.decode()}</output>" in sent.text


def test_kept_file_stays_through_further_failures(client: httpx2.Client, folder: Path) -> None:
    """It is written once, however often the form fails."""
    failed = post(client, {"name": ""}, cv=PDF)
    for _ in range(3):
        failed = post(client, again(failed, ""))

    assert len(files_in(folder)) == 1
    assert post(client, again(failed)).status_code == 200


def test_rows_that_are_added_keep_the_file(client: httpx2.Client) -> None:
    """A button that changes the form and runs nothing keeps it too."""
    edited = post(client, {"name": "Ada", "_action.add": "rows"}, cv=PDF)

    assert edited.status_code == 200
    assert "report.pdf is kept" in edited.text
    assert "report.pdf application/pdf" in post(client, again(edited)).text


def test_another_file_replaces_it(client: httpx2.Client, folder: Path) -> None:
    """What was chosen last counts, and what it replaces is removed."""
    failed = post(client, {"name": ""}, cv=PDF)

    sent = post(client, again(failed), cv=("new.pdf", b"%PDF-new", "application/pdf"))

    assert "<output>new.pdf application/pdf 8: %PDF-new</output>" in sent.text
    assert files_in(folder) == []


def test_file_that_is_wrong_replaces_none(client: httpx2.Client) -> None:
    """What was kept stays when something is wrong with what was chosen in its place."""
    failed = post(client, {"name": ""}, cv=PDF)

    wrong = post(client, again(failed), cv=("new.txt", b"text", "text/plain"))

    assert (wrong.status_code, kept(wrong)) == (400, kept(failed))
    assert "report.pdf is kept" in wrong.text
    assert "report.pdf application/pdf" in post(client, again(wrong)).text


def test_file_is_dropped_on_demand(client: httpx2.Client, folder: Path) -> None:
    """A ticked box drops it, as if nothing had been chosen."""
    failed = post(client, {"name": ""}, cv=PDF)

    dropped = post(client, [*again(failed), ("_action.drop", kept(failed)[0])])

    assert dropped.status_code == 400
    assert "Choose cv" in dropped.text
    assert files_in(folder) == []


def test_expired_file_is_told_and_nothing_else_is_lost(folder: Path) -> None:
    """A required and an optional one alike: neither is silently missing."""
    with running(make_app(UploadFolder(folder, seconds=600))) as url, httpx2.Client(base_url=url) as client:
        failed = post(client, {"name": ""}, cv=PDF, photo=PDF)
        old = time.time() - 700
        oldest = min(files_in(folder), key=lambda path: path.stat().st_mtime_ns)
        os.utime(oldest, (old, old))

        late = post(client, again(failed))

        assert late.status_code == 400
        assert "This file is no longer kept: choose it again" in late.text
        assert 'value="Ada"' in late.text.replace("value=Ada", 'value="Ada"')
        assert len(kept(late)) == 1


def test_folder_is_bounded(folder: Path) -> None:
    """By bytes and by files: the oldest go first, and one file takes at most a quarter of the room."""
    with running(make_app(UploadFolder(folder, max_bytes=20_000, max_files=3))) as url:
        for _ in range(6):
            with httpx2.Client(base_url=url) as client:
                assert len(kept(post(client, {"name": ""}, photo=("p", b"x" * 2_000, "image/png")))) == 1
        with httpx2.Client(base_url=url) as client:
            assert kept(post(client, {"name": ""}, photo=("p", b"x" * 6_000, "image/png"))) == []

        assert len(files_in(folder)) == 3


def test_old_files_are_removed_at_start_and_when_others_come(folder: Path) -> None:
    """Also what a worker left half written."""
    folder.mkdir(mode=0o700)
    for name in ("0" * 64, f"{'1' * 64}.new"):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (1, 1))
    (folder / "of-somebody-else.txt").write_bytes(b"x")

    with running(make_app(folder)):
        assert files_in(folder) == []

    assert (folder / "of-somebody-else.txt").exists()


def test_folder_and_files_are_private(client: httpx2.Client, folder: Path) -> None:
    """Nobody but the app's user can read them, and a file's name is not the visitor's."""
    post(client, {"name": ""}, cv=("../../etc/passwd.pdf", CONTENT, "application/pdf"))

    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in files_in(folder)] == [0o600]


def test_folder_of_others_stops_the_start(folder: Path) -> None:
    """An app whose uploads others could read does not start, and the command that it prints mends that."""
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)

    with pytest.raises(PermissionError, match="not ours alone") as refusal, running(make_app(folder)):
        pass
    command = str(refusal.value).partition("Run: ")[2]
    subprocess.run(shlex.split(command), check=True, timeout=30)
    with running(make_app(folder)):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_folder_behind_a_link_stops_the_start(folder: Path) -> None:
    """A link may lead elsewhere tomorrow; it is not mended by a mode."""
    folder.symlink_to(folder.parent, target_is_directory=True)

    with pytest.raises(PermissionError, match="Name a folder that does not exist yet"), running(make_app(folder)):
        pass


def test_success_lets_the_file_go(client: httpx2.Client, folder: Path) -> None:
    """Soon, not at once: a second click on the button is still the same form."""
    failed = post(client, {"name": ""}, cv=PDF)
    fields = [*again(failed), ("_action.token", "t" * 22)]

    answers = [post(client, fields) for _ in range(2)]

    assert answers[0].status_code == 200
    assert "no longer kept" not in answers[1].text
    assert [time.time() - path.stat().st_mtime > 3_000 for path in files_in(folder)] == [True]


def test_without_a_folder_files_have_to_be_chosen_again(folder: Path) -> None:
    """Nothing is written where nobody asked for it; hidden controls that name files say nothing."""
    with running(make_app(None)) as url, httpx2.Client(base_url=url) as client:
        failed = post(client, {"name": "", "_action.upload": f"cv={'x' * 32}"}, cv=PDF)

        assert (failed.status_code, kept(failed)) == (400, [])


def test_sentences_go_through_the_hook(folder: Path) -> None:
    """What is kept, the box and what is gone are said in the visitor's language, with the name of the file."""
    words = {"upload_kept": "{name} ist da", "drop_upload": "{name} entfernen", "upload_gone": "Nicht mehr da"}

    def in_german(issue: Issue) -> str:
        return words.get(issue.type, issue.message).format_map(issue.values)

    with running(make_app(folder, messages=in_german)) as url, httpx2.Client(base_url=url) as client:
        failed = post(client, {"name": ""}, cv=PDF)
        gone = post(client, {"name": "Ada", "_action.upload": f"cv={'x' * 32}"})

    assert "report.pdf ist da" in failed.text
    assert "report.pdf entfernen" in failed.text
    assert "Nicht mehr da" in gone.text


def test_workers_share_the_folder(folder: Path) -> None:
    """Another worker, or the app after a restart, finds what was kept."""
    with running(make_app(folder)) as url, httpx2.Client(base_url=url) as client:
        failed = post(client, {"name": ""}, cv=PDF)
        cookies = dict(client.cookies)
    with running(make_app(folder)) as url, httpx2.Client(base_url=url, cookies=cookies) as client:
        assert "report.pdf application/pdf" in post(client, again(failed)).text


def test_lost_files_take_the_place_of_no_other_issue() -> None:
    """A form may have as many issues as ever beside those of files that are no longer kept."""
    others = InputError([Issue(f"lines.{number}.sku", "is wrong", "value_error") for number in range(MAX_ISSUES)])
    lost = [Issue("cv", "Choose it again", "upload_gone")]

    assert [issue.path for issue in with_issues(others, lost).issues] == ["cv", *(each.path for each in others.issues)]
