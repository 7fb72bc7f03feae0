"""What was bought: nested unions, events, sums, named tuples, an action for one object."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum, auto
from typing import Annotated, Literal, NamedTuple, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, computed_field, field_serializer, field_validator, model_validator

from sanic_actions import ActionContext, ActionError, Namespace, Redirect, action

from . import catalog, customers
from .records import NOW, CamelModel, Currency, Money, Page, Period, Record


class Status(StrEnum):
    """Where an order stands."""

    OPEN = auto()
    PAID = auto()
    SENT = auto()


class Card(CamelModel):
    method: Literal["card"] = "card"
    last_four: str = Field(pattern=r"^\d{4}$")
    network: Literal["visa", "mastercard"] = "visa"


class Invoice(CamelModel):
    method: Literal["invoice"] = "invoice"
    due: timedelta = timedelta(days=14)
    billing_address: customers.Address | None = None


class Voucher(CamelModel):
    method: Literal["voucher"] = "voucher"
    code: str
    value: Money


Payment = Annotated[Card | Invoice | Voucher, Field(discriminator="method")]


class Line(CamelModel):
    """One line of an order."""

    model_config = ConfigDict(frozen=True)

    product_id: UUID
    quantity: int = Field(default=1, ge=1, le=99)
    unit_price: Money
    options: dict[str, str] = {}

    @computed_field  # type: ignore[prop-decorator]  # as pydantic's documentation says
    @property
    def total(self) -> Money:
        """The price of all pieces."""
        return Money(amount=self.unit_price.amount * self.quantity, currency=self.unit_price.currency)


class Placed(BaseModel):
    event: Literal["placed"] = "placed"
    at: datetime


class Shipped(BaseModel):
    event: Literal["shipped"] = "shipped"
    at: datetime
    tracking: list[str] = Field(default_factory=list)


class Order(Record):
    """An order with all that happened to it."""

    class Note(BaseModel):
        """A remark of the staff."""

        author: str
        text: str

    customer_id: UUID
    status: Status = Status.OPEN
    lines: tuple[Line, ...] = ()
    payments: list[Payment] = []
    history: list[Annotated[Placed | Shipped, Field(discriminator="event")]] = []
    notes: list[Note] = []
    parent: Self | None = None

    @computed_field  # type: ignore[prop-decorator]  # as pydantic's documentation says
    @property
    def sum(self) -> Decimal:
        """The price of all lines."""
        return sum((line.total.amount for line in self.lines), Decimal(0))

    @field_serializer("version")
    def write_version(self, version: int) -> str:
        """Write it as an entity tag."""
        return f'W/"{version}"'


class NewOrder(CamelModel):
    """What a customer orders."""

    customer_id: UUID
    lines: list[Line] = Field(min_length=1, max_length=50)
    payments: list[Payment] = []
    note: str = ""

    @field_validator("lines")
    @classmethod
    def of_one_currency(cls, lines: list[Line]) -> list[Line]:
        """Refuse lines of several currencies."""
        if len({line.unit_price.currency for line in lines}) > 1:
            raise ValueError("all lines have the same currency")
        return lines

    @model_validator(mode="after")
    def not_only_vouchers(self) -> Self:
        """Refuse more than three payments."""
        if len(self.payments) > 3:
            raise ValueError("at most three payments")
        return self


class Sales(NamedTuple):
    """The sales of a day."""

    day: datetime
    amount: Decimal
    pieces: int = 0


class PaymentRefused(ActionError, code="FORBIDDEN"):
    """The bank does not want to."""

    payment: Payment
    retry_after: timedelta | None = None


class OutOfStock(ActionError, code="CONFLICT"):
    missing: dict[UUID, int]


orders: dict[UUID, Order] = {}


@action(raises=[customers.CustomerNotFound, catalog.ProductNotFound, PaymentRefused, OutOfStock])
def place(input: NewOrder) -> Order:
    """Place an order."""
    customers.customer(input.customer_id)
    for line in input.lines:
        catalog.product(line.product_id)
    if missing := {line.product_id: line.quantity - 10 for line in input.lines if line.quantity > 10}:
        raise OutOfStock("Too many", missing=missing)
    for payment in input.payments:
        if isinstance(payment, Card) and payment.last_four == "0000":
            raise PaymentRefused("No", payment=payment, retry_after=timedelta(minutes=5))
    order = Order(
        customer_id=input.customer_id,
        lines=tuple(input.lines),
        payments=input.payments,
        history=[Placed(at=NOW)],
        notes=[Order.Note(author="customer", text=input.note)] if input.note else [],
    )
    orders[order.id] = order
    return order


@action
def order(order_id: UUID) -> Order | None:
    """Show an order, if there is one."""
    return orders.get(order_id)


@action
def split(order_id: UUID, lines: list[int]) -> list[Order]:
    """Make an order of some lines of another."""
    whole = orders[order_id]
    part = Order(customer_id=whole.customer_id, lines=tuple(whole.lines[n] for n in lines), parent=whole)
    orders[part.id] = part
    return [whole, part]


@action(raises=[PaymentRefused])
def pay(order_id: UUID, payment: Payment) -> Annotated[Status, Field(description="After the payment")]:
    """Pay an order."""
    if isinstance(payment, Voucher) and payment.value.currency is not Currency.EUR:
        raise PaymentRefused("Vouchers are in EUR", payment=payment)
    orders[order_id] = orders[order_id].model_copy(update={"status": Status.PAID})
    return orders[order_id].status


@action
def ship(order_id: UUID, tracking: list[str] | None = None) -> Redirect[Status]:
    """Send an order."""
    return Redirect(f"/orders/{order_id}", Status.SENT)


@action
def find(customer_id: UUID | None = None, status: set[Status] | None = None) -> Page[Order]:
    """List orders."""
    matches = [
        each
        for each in orders.values()
        if customer_id in (None, each.customer_id) and (status is None or each.status in status)
    ]
    return Page[Order](items=matches, total_count=len(matches))


@action
def sales(period: Period, by: Literal["day", "month"] = "day") -> dict[Currency, tuple[Sales, ...]]:
    """Sum up what was sold."""
    sums: dict[Currency, Decimal] = defaultdict(Decimal)
    for each in orders.values():
        for line in each.lines:
            sums[line.unit_price.currency] += line.total.amount
    return {currency: (Sales(period.starts_at, amount, len(orders)),) for currency, amount in sums.items()}


@action
def lines(lines: tuple[Line, ...], discounts: dict[UUID, Decimal] | None = None) -> tuple[Money, int]:
    """Sum up lines."""
    amounts = [line.total.amount * (1 - (discounts or {}).get(line.product_id, Decimal(0))) for line in lines]
    return Money(amount=sum(amounts, Decimal(0))), len(lines)


@action
def whoami(context: ActionContext) -> str:
    """Say who calls."""
    return context.request.headers.get("x-user", "nobody")


actions = Namespace(
    place=place, order=order, split=split, pay=pay, ship=ship, find=find, sales=sales, lines=lines, whoami=whoami
)
