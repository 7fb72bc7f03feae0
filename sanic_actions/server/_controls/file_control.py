"""The control of a file that was sent before and is kept: it names it and is not required."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from html5tagger import HTML

from ..._forms.kept_files import DROP, UPLOAD, KeptUpload
from .control import Control
from .markup import Attribute, element
from .words import DROP_UPLOAD, UPLOAD_KEPT, UPLOADS_KEPT, Word


class FileControl(Control):
    """A control for files, of which some are kept."""

    __slots__ = ("uploads",)

    def __init__(self, *template: Any, uploads: Sequence[KeptUpload], **holding: Any) -> None:
        super().__init__(*template, **holding)
        self.uploads = uploads
        """The files that are kept for it."""
        self.marks = (*self.marks, *((UPLOAD, upload.value) for upload in uploads))

    @property
    def _note_id(self) -> str:
        return f"{self.id}-kept"

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        """The attributes of its element, without ``required``: one file is there already."""
        attributes = {**super().attributes, "data-sanic-upload": True}
        attributes.pop("required", None)
        notes = [self._sentence_id(number) for number in range(len(self.uploads))]
        ids = [attributes["aria-describedby"], *notes] if "aria-describedby" in attributes else notes
        attributes["aria-describedby"] = " ".join(map(str, ids))
        return attributes

    def _sentence_id(self, number: int) -> str:
        """Return the id of the sentence about a kept file, which describes the control."""
        return f"{self._note_id}-{number}"

    def _own_markup(self) -> str:
        return self._markup(self.attributes)

    def _markup(self, attributes: Mapping[str, object]) -> str:
        return f"{super()._markup(attributes)}{self.kept_html(form=attributes.get('form'))}"

    def kept_html(self, form: object = None) -> HTML:
        """Return the names of the files that are kept, each with a box that drops it."""
        word = UPLOADS_KEPT if "multiple" in self.template.attributes else UPLOAD_KEPT
        notes = [self._note(number, upload, word, form) for number, upload in enumerate(self.uploads)]
        return element("span", {"id": self._note_id, "class": "kept"}, HTML("<br>".join(notes)))

    def _note(self, number: int, upload: KeptUpload, word: Word, form: object) -> HTML:
        own_id = f"{self.id}-drop-{number}" if number else f"{self.id}-drop"
        box = {"type": "checkbox", "name": DROP, "id": own_id, "value": upload.value, "form": form}
        label = element("label", {"for": own_id}, self._said(DROP_UPLOAD, upload))
        sentence = element("span", {"id": self._sentence_id(number)}, self._said(word, upload))
        return element("span", {}, sentence, element("br", {}), element("input", box), " ", label)

    def _said(self, word: Word, upload: KeptUpload) -> str:
        values = {"name": upload.file_name or "\u2026"}
        sentence = word.english.format_map(values)
        if self._translate is None:
            return sentence
        return self._translate(word.type, sentence, values)
