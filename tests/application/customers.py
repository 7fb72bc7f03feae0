"""Who buys: dataclasses, validators, write-only and secret fields, a union of contacts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import Enum
from ipaddress import IPv4Address
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    RootModel,
    SecretStr,
    ValidationInfo,
    computed_field,
    field_serializer,
    field_validator,
    model_serializer,
)

from sanic_actions import ActionError, Namespace, action

from .records import CamelModel, Page, Record


class Level(Enum):
    """How well a customer is known."""

    NEW = 0
    REGULAR = 10
    GOLD = 100


@dataclass
class Address:
    """Where to send things."""

    street: str
    city: str
    country: Literal["DE", "FR", "US"] = "DE"
    lines: list[str] = field(default_factory=list)


class ByEmail(CamelModel):
    type: Literal["email"] = "email"
    address: EmailStr


class ByPhone(CamelModel):
    type: Literal["phone"] = "phone"
    number: str = Field(validation_alias=AliasChoices("number", "phoneNumber"))
    between: tuple[time, time] | None = None


Contact = Annotated[ByEmail | ByPhone, Field(discriminator="type")]


class Preferences(CamelModel):
    """How a customer wants things."""

    model_config = ConfigDict(use_enum_values=True, validate_default=True, extra="allow")

    level: Level = Level.NEW
    zone: ZoneInfo = ZoneInfo("Europe/Berlin")
    newsletter: bool = False


class Scopes(RootModel[list[str]]):
    """What a customer may do."""


class Range(BaseModel):
    """A range, written as a string."""

    low: int
    high: int

    @model_serializer
    def write(self) -> dict[str, int]:
        """Write both ends."""
        return {"low": self.low, "high": self.high}


class Customer(Record):
    """A customer as callers see one."""

    name: str
    email: EmailStr
    born: date | None = None
    addresses: dict[str, Address] = {}
    contacts: list[Contact] = []
    preferences: Preferences = Preferences()
    scopes: Scopes = Scopes(["buy"])
    last_ip: IPv4Address | None = None
    password_hash: str = Field(default="", exclude=True, repr=False)

    @computed_field  # type: ignore[prop-decorator]  # as pydantic's documentation says
    @property
    def display_name(self) -> str:
        """The name as the shop writes it."""
        return self.name.title()

    @field_validator("born")
    @classmethod
    def in_the_past(cls, born: date | None, info: ValidationInfo) -> date | None:
        """Refuse who is not born yet."""
        if born is not None and born.year > 2026:
            raise ValueError("you are not born yet")
        return born

    @field_serializer("name", when_used="json")
    def write_name(self, name: str) -> str:
        """Without spaces around."""
        return name.strip()


class CustomerPatch(CamelModel):
    """What to change of a customer."""

    name: str | None = None
    born: date | None = None
    addresses: dict[str, Address | None] | None = None
    preferences: Preferences | None = None


class EmailTaken(ActionError, code="CONFLICT"):
    """Another customer has that address."""

    email: str


class CustomerNotFound(ActionError, code="NOT_FOUND"):
    customer_id: UUID


customers: dict[UUID, Customer] = {}


@action(raises=[EmailTaken])
def register(
    name: str,
    email: EmailStr,
    password: SecretStr,
    born: date | None = None,
    addresses: dict[str, Address] | None = None,
    contacts: list[Contact] | None = None,
) -> Customer:
    """Make a customer."""
    if any(each.email == email for each in customers.values()):
        raise EmailTaken("Taken", email=email)
    customer = Customer(
        name=name,
        email=email,
        born=born,
        addresses=addresses or {},
        contacts=contacts or [],
        password_hash=str(hash(password.get_secret_value())),
        last_ip=IPv4Address("127.0.0.1"),
    )
    customers[customer.id] = customer
    return customer


@action(raises=[CustomerNotFound])
def customer(customer_id: UUID) -> Customer:
    """Show a customer."""
    try:
        return customers[customer_id]
    except KeyError:
        raise CustomerNotFound("No such customer", customer_id=customer_id) from None


@action(raises=[CustomerNotFound])
def change(customer_id: UUID, patch: CustomerPatch) -> list[str]:
    """Change some of a customer; the names of what was changed."""
    before = customer(customer_id)
    changes = {name: getattr(patch, name) for name in patch.model_fields_set}
    customers[customer_id] = before.model_copy(update=changes)
    return sorted(changes)


@action
def listed(level: Level | None = None, ages: Range | None = None) -> Page[Customer]:
    """List customers."""
    matches = [each for each in customers.values() if level is None or Level(each.preferences.level) is level]
    return Page(items=matches, total_count=len(matches))


@action
def contacts(contacts: list[Contact]) -> dict[str, list[Contact]]:
    """Group contacts by their type."""
    return {kind: [each for each in contacts if each.type == kind] for kind in ("email", "phone")}


actions = Namespace(register=register, customer=customer, change=change, listed=listed, contacts=contacts)
