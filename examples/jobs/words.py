"""The words of the form in English and German; a request says in its query, or by its header, which it wants."""

from __future__ import annotations

from typing import Any

from sanic import Request
from sanic.exceptions import ServerError

from sanic_actions import Issue

GERMAN = {
    "Your name": "Ihr Name",
    "Your email address": "Ihre E-Mail-Adresse",
    "Working time": "Arbeitszeit",
    "Full time": "Vollzeit",
    "Part time": "Teilzeit",
    "Languages that you speak": "Sprachen, die Sie sprechen",
    "English": "Englisch",
    "German": "Deutsch",
    "French": "Französisch",
    "Finnish": "Finnisch",
    "Previous employers": "Frühere Arbeitgeber",
    "Employer": "Arbeitgeber",
    "Company": "Firma",
    "Your work there": "Ihre Tätigkeit dort",
    "Since": "Seit",
    "Your CV": "Ihr Lebenslauf",
    "A PDF of at most 1 MB": "Ein PDF von höchstens 1 MB",
    "Password": "Passwort",
    "With it you can see later how your application is doing. At least 10 characters.": (
        "Damit sehen Sie später, wie es um Ihre Bewerbung steht. Mindestens 10 Zeichen."
    ),
    "Repeat the password": "Passwort wiederholen",
    "You may keep my data for this application": "Sie dürfen meine Daten für diese Bewerbung speichern",
    "Apply as a gardener": "Bewerbung als Gärtnerin oder Gärtner",
    "About you": "Über Sie",
    "Your experience": "Ihre Erfahrung",
    "Your account": "Ihr Zugang",
    "Send application": "Bewerbung abschicken",
    "Thank you, {name}. We have your application.": "Danke, {name}. Ihre Bewerbung ist angekommen.",
    "All fields are needed, but for previous employers.": "Alle Angaben sind nötig, nur frühere Arbeitgeber nicht.",
    "Deutsch": "English",
    "Language": "Sprache",
}
"""Of the page's own words, and the labels of the form's fields."""

MESSAGES = {
    "missing": "Bitte ausfüllen",
    "upload_kept": "{name} liegt uns vor; zum Ersetzen wählen Sie eine andere Datei.",
    "drop_upload": "{name} entfernen",
    "upload_gone": "Diese Datei liegt uns nicht mehr vor: bitte noch einmal auswählen",
    "form_too_large": "Bitte eine kleinere Datei auswählen: zusammen dürfen es höchstens {most} sein",
    "internal_server_error": "Das hat leider nicht geklappt. Bitte versuchen Sie es noch einmal.",
    "string_too_short": "Mindestens {min_length} Zeichen",
    "string_too_long": "Höchstens {max_length} Zeichen",
    "string_pattern_mismatch": "Bitte eine E-Mail-Adresse wie ada@example.com angeben",
    "too_short": "Bitte mindestens {min_length} auswählen",
    "enum": "Bitte auswählen",
    "date_from_datetime_parsing": "Bitte ein Datum angeben, zum Beispiel 2026-03-31",
    "date_parsing": "Bitte ein Datum angeben, zum Beispiel 2026-03-31",
    "date_past": "Muss in der Vergangenheit liegen",
    "must_be_true": "Bitte zustimmen",
    "file_expected": "Bitte eine Datei auswählen",
    "file_too_large": "Darf höchstens 1 MB groß sein",
    "file_type": "Bitte ein PDF auswählen",
    "file_content": "Bitte ein PDF auswählen",
    "passwords_differ": "Die beiden Passwörter sind nicht gleich",
    "sent_before": "Dieses Formular wurde schon abgeschickt. Noch einmal abschicken, um dasselbe erneut zu tun.",
    "add_row": "Weiteren hinzufügen",
    "remove_row": "Entfernen",
    "upload": "Hochladen",
    "unanswered": "Es kam keine Antwort.",
    "kept": "Ihre Eingaben sind noch da: bitte versuchen Sie es noch einmal.",
    "too_large": "Darf höchstens %s groß sein",
}
"""Of everything that the library says, by its type."""


def language() -> str:
    """The language of whoever asks: ``?lang=`` decides, else the first one of ``Accept-Language``."""
    try:
        request: Request[Any, Any] = Request.get_current()
    except ServerError:  # outside of a request
        return "en"
    chosen: str = request.args.get("lang") or request.headers.get("accept-language", "")
    return "de" if chosen.lower().startswith("de") else "en"


def said(words: str) -> str:
    """Words of the page in the visitor's language."""
    return GERMAN.get(words, words) if language() == "de" else words


def message(issue: Issue) -> str:
    """What the library says in the visitor's language; what has no German sentence stays English."""
    if language() != "de" or issue.type not in MESSAGES:
        return issue.message
    return MESSAGES[issue.type].format_map(issue.values)


class Words(str):
    """Words that are looked up whenever they are shown; ``gettext``'s lazy strings do the same."""

    __slots__ = ()

    def __str__(self) -> str:
        return said(str.__str__(self))
