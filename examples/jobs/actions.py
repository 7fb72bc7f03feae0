"""What may be asked of the job site: one action, which takes an application."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, PastDate, SecretStr, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from sanic_actions import Accept, MaxBytes, Namespace, UploadedFile, action

from .words import Words, said

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class WorkingTime(StrEnum):
    """How much somebody wants to work."""

    FULL = "full"
    PART = "part"

    @property
    def label(self) -> str:
        """What visitors read; asked for at each request."""
        return said({"full": "Full time", "part": "Part time"}[self.value])


class Language(StrEnum):
    """What is spoken in the gardens."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    FINNISH = "fi"

    @property
    def label(self) -> str:
        """What visitors read."""
        return said(self.name.capitalize())


class Employer(BaseModel):
    """Where somebody has worked before."""

    company: Annotated[Line, Field(title=Words("Company"))]
    work: Annotated[Line, Field(title=Words("Your work there"))]
    since: Annotated[PastDate | None, Field(title=Words("Since"))] = None


PreviousEmployer = Annotated[Employer, Field(title=Words("Employer"))]


class Application(BaseModel):
    """What an applicant is told."""

    name: str
    employers: int
    size: int


def same(again: SecretStr, info: ValidationInfo) -> SecretStr:
    """A password that is entered twice, so that nobody locks themselves out."""
    if "password" in info.data and again != info.data["password"]:
        raise PydanticCustomError("passwords_differ", "The two passwords are not the same")
    return again


CHECKED = {"data-sanic-validate": True}


@action(accept="form")
async def apply(  # noqa: PLR0917  # a form has as many fields as it has; callers name them
    name: Annotated[Line, Field(title=Words("Your name"))],
    email: Annotated[
        Line,
        Field(
            title=Words("Your email address"),
            pattern=r"^\S+@\S+\.\S+$",
            json_schema_extra={"form": {"widget": "email", **CHECKED}},
        ),
    ],
    time: Annotated[WorkingTime, Field(title=Words("Working time"), json_schema_extra={"form": {"widget": "radio"}})],
    languages: Annotated[
        list[Language],
        Field(
            title=Words("Languages that you speak"), min_length=1, json_schema_extra={"form": {"widget": "checkbox"}}
        ),
    ],
    cv: Annotated[
        UploadedFile,
        MaxBytes("1MB"),
        Accept("application/pdf"),
        Field(title=Words("Your CV"), description=Words("A PDF of at most 1 MB")),
    ],
    password: Annotated[
        SecretStr,
        Field(
            title=Words("Password"),
            description=Words("With it you can see later how your application is doing. At least 10 characters."),
            min_length=10,
            json_schema_extra={"form": CHECKED},
        ),
    ],
    password_again: Annotated[
        SecretStr,
        Field(title=Words("Repeat the password"), json_schema_extra={"form": CHECKED}),
        AfterValidator(same),
    ],
    consent: Annotated[Literal[True], Field(title=Words("You may keep my data for this application"))],
    employers: Annotated[list[PreviousEmployer], Field(title=Words("Previous employers"), max_length=20)] = [],
) -> Application:
    """Apply for the job."""
    return Application(name=name, employers=len(employers), size=len(await cv.read()))


server = Namespace(apply=apply)
