"""What the records of the shop have in common: camelCase on the wire, timestamps, pages, money."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Self, TypeVar
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator
from pydantic.alias_generators import to_camel

T = TypeVar("T")
NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


class CamelModel(BaseModel):
    """The base of all models."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class Timestamps(BaseModel):
    """When a record was written."""

    created_at: datetime = Field(default_factory=lambda: NOW)
    updated_at: datetime | None = None


class SoftDeleted(BaseModel):
    """Deleted records stay in the database; callers never see when they went."""

    deleted_at: datetime | None = Field(default=None, exclude=True)


class Record(CamelModel, Timestamps, SoftDeleted):
    """A row with an id."""

    id: UUID = Field(default_factory=uuid4)
    version: int = Field(default=1, ge=1)


class Currency(StrEnum):
    """What the shop takes."""

    EUR = "EUR"
    USD = "USD"


class Money(CamelModel):
    """An amount in one currency."""

    model_config = ConfigDict(frozen=True)

    amount: Decimal = Field(max_digits=12, decimal_places=2)
    currency: Currency = Currency.EUR

    def __add__(self, other: Money) -> Money:
        return Money(amount=self.amount + other.amount, currency=self.currency)


class Page(CamelModel, Generic[T]):
    """Some of a list."""

    items: list[T]
    total_count: int
    next_cursor: str | None = None

    @computed_field  # type: ignore[prop-decorator]  # as pydantic's documentation says
    @property
    def has_more(self) -> bool:
        """Whether there is a next page."""
        return self.next_cursor is not None


class Period(CamelModel):
    """From one moment to another."""

    starts_at: datetime
    ends_at: datetime

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """Refuse a period that ends before it starts."""
        if self.ends_at < self.starts_at:
            raise ValueError("a period ends after it starts")
        return self
