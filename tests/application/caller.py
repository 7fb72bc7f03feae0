"""A service that calls the shop, with the types that checkers must see; the tests run it against a server."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import assert_never, assert_type
from uuid import UUID, uuid4

from pydantic import AnyHttpUrl, SecretStr
from shop_client import AsyncClient, Client
from shop_client.models.application import catalog, customers, orders, records

from sanic_actions.client import CallError, Err, InputError, Ok, Redirect

Products = catalog.Book | catalog.Garment | catalog.Download
Payments = orders.Card | orders.Invoice | orders.Voucher
PlaceErrors = (
    customers.CustomerNotFound
    | catalog.ProductNotFound
    | orders.PaymentRefused
    | orders.OutOfStock
    | InputError
    | CallError
)


def euros(amount: str) -> records.Money:
    return records.Money(amount=Decimal(amount))


def book() -> catalog.Book:
    return catalog.Book(
        slug="a-book",
        title="  A book ",
        price=euros("12.50"),
        tags=frozenset({" New ", "Paper"}),
        attributes=[{"name": "cover", "value": "hard"}, {"name": "weight", "value": 300, "unit": "g"}],
        dimensions=catalog.Product.Dimensions(
            width_cm=10.5, height_cm=20, weight=catalog.Product.Dimensions.Weight(grams=300)
        ),
        authors=["Ada"],
        page_count=320,
    )


def garment() -> catalog.Garment:
    return catalog.Garment(
        slug="shirt", title="Shirt", price=euros("30"), sizes={catalog.Size.SMALL: 3}, shelf=catalog.Shelf.BACK
    )


def download() -> catalog.Download:
    return catalog.Download(
        slug="song",
        title="Song",
        price=records.Money(amount=Decimal("0.99"), currency=records.Currency.USD),
        url=AnyHttpUrl("https://shop.example/song"),
        expires_after=timedelta(days=2),
    )


def blocking(client: Client, email: str) -> None:
    """Call all actions, and look at what comes back."""
    created = client.catalog.create(product=book())
    assert_type(created, Products)
    assert isinstance(created, catalog.Book)
    assert_type(created.price.amount, Decimal)
    assert (created.title, created.tags) == ("A book", frozenset({"new", "paper"}))
    assert created.dimensions is not None
    assert_type(created.dimensions.weight, catalog.Product.Dimensions.Weight)
    assert created.dimensions.weight.grams == 300
    assert (created.page_count, created.version, created.price) == (320, 1, euros("12.50"))
    assert created.attributes == [
        {"name": "cover", "value": "hard"},
        {"name": "weight", "value": 300, "unit": "g"},
    ]
    assert created.created_at == datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    shirt = client.catalog.create(product=garment())
    song = client.catalog.create(product=download())
    assert isinstance(shirt, catalog.Garment)
    assert (shirt.sizes, shirt.shelf) == ({catalog.Size.SMALL: 3}, catalog.Shelf.BACK)
    assert isinstance(song, catalog.Download)
    assert (song.expires_after, str(song.url)) == (timedelta(days=2), "https://shop.example/song")
    assert client.catalog.product(product_id=song.id) == song

    changed = client.catalog.patch(product_id=created.id, patch=catalog.ProductPatch(title="Another"))
    assert (changed.title, changed.tags, changed.version) == ("Another", frozenset({"new", "paper"}), 2)
    cheaper = client.catalog.patch(
        product_id=created.id, patch=catalog.ProductPatch(list_price=euros("9.9"), tags=frozenset()), version=2
    )
    assert (cheaper.title, cheaper.list_price, cheaper.tags) == ("Another", euros("9.90"), frozenset())
    cleared = client.catalog.patch(product_id=created.id, patch=catalog.ProductPatch(list_price=None), version=3)
    assert (cleared.list_price, cleared.price) == (None, euros("12.50"))
    outdated = client.catalog.patch.safe(product_id=created.id, patch=catalog.ProductPatch(title="x"), version=1)
    assert_type(outdated, Ok[Products] | Err[catalog.ProductNotFound | catalog.Outdated | InputError | CallError])
    assert isinstance(outdated.error, catalog.Outdated)
    assert outdated.error.current_version == 4

    page = client.catalog.search(filter=catalog.Filter(price_range=(Decimal(10), None)), limit=1)
    assert_type(page, records.Page[Products])
    assert (len(page.items), page.has_more, page.next_cursor) == (1, True, "more")
    assert_type(page.items[0].id, UUID)
    assert [item.kind for item in client.catalog.search(filter=catalog.Filter(kinds=["download"])).items] == [
        "download"
    ]
    tree = client.catalog.categories(depth=2)
    assert tree.children[0].children[0].product_ids >= {created.id, shirt.id, song.id}
    client.catalog.remove(product_id=song.id)
    gone = client.catalog.product.safe(product_id=song.id).error
    assert isinstance(gone, catalog.ProductNotFound)
    assert gone.product_id == song.id

    customer = client.customers.register(
        name=" ada lovelace ",
        email=email,
        password=SecretStr("s3cret"),
        born=date(1815, 12, 10),
        addresses={"home": customers.Address(street="1 Road", city="London", country="FR")},
        contacts=[customers.ByEmail(address=email), customers.ByPhone(number="1")],
    )
    assert_type(customer, customers.Customer)
    assert_type(customer.display_name, str)
    assert (customer.name, customer.display_name) == ("ada lovelace", " Ada Lovelace ")
    assert customer.addresses["home"] == customers.Address(street="1 Road", city="London", country="FR")
    assert [contact.type for contact in customer.contacts] == ["email", "phone"]
    assert_type(customer.preferences.level, customers.Level)
    assert customers.Level(customer.preferences.level) is customers.Level.NEW  # a value, as on the server
    assert (customer.scopes.root, str(customer.preferences.zone)) == (["buy"], "Europe/Berlin")
    assert not hasattr(customer, "password_hash")
    taken = client.customers.register.safe(name="x", email=email, password=SecretStr("x")).error
    assert isinstance(taken, customers.EmailTaken)
    assert taken.email == email
    assert client.customers.change(
        customer_id=customer.id, patch=customers.CustomerPatch(born=None, addresses={"home": None})
    ) == ["addresses", "born"]
    assert client.customers.change(customer_id=customer.id, patch=customers.CustomerPatch()) == []
    after = client.customers.change(
        customer_id=customer.id,
        patch=customers.CustomerPatch(
            addresses={}, preferences=customers.Preferences(level=customers.Level.GOLD, theme="dark")
        ),
    )
    assert after == ["addresses", "preferences"]
    again = client.customers.customer(customer_id=customer.id)
    assert (again.born, customers.Level(again.preferences.level)) == (None, customers.Level.GOLD)
    assert again.preferences.model_extra == {"theme": "dark"}
    golden = client.customers.listed(level=customers.Level.GOLD, ages=customers.Range(low=1, high=2))
    assert again in golden.items
    grouped = client.customers.contacts(contacts=[customers.ByPhone(number="1"), customers.ByEmail(address=email)])
    assert grouped == {"email": [customers.ByEmail(address=email)], "phone": [customers.ByPhone(number="1")]}

    line = orders.Line(product_id=created.id, quantity=2, unit_price=euros("12.50"), options={"wrap": "yes"})
    order = client.orders.place(
        input=orders.NewOrder(
            customer_id=customer.id,
            lines=[line],
            payments=[orders.Invoice(), orders.Voucher(code="v", value=euros("1"))],
            note="soon",
        )
    )
    assert_type(order.lines, tuple[orders.Line, ...])
    assert_type(order.notes, list[orders.Order.Note])
    assert (order.sum, order.lines[0].total, order.status) == (Decimal("25.00"), euros("25"), orders.Status.OPEN)
    assert_type(order.version, str)
    assert order.version == 'W/"1"'
    assert [payment.method for payment in order.payments] == ["invoice", "voucher"]
    assert order.notes[0].text == "soon"
    assert isinstance(order.history[0], orders.Placed)
    refused = client.orders.place.safe(
        input=orders.NewOrder(customer_id=customer.id, lines=[line], payments=[orders.Card(last_four="0000")])
    )
    assert_type(refused, Ok[orders.Order] | Err[PlaceErrors])
    assert refused.error is not None
    assert describe(refused.error) == "0000 0:05:00"
    many = orders.Line(product_id=created.id, quantity=15, unit_price=euros("1"))
    missing = client.orders.place.safe(input=orders.NewOrder(customer_id=customer.id, lines=[many])).error
    assert isinstance(missing, orders.OutOfStock)
    assert missing.missing == {created.id: 5}
    dollars = orders.Line(
        product_id=created.id, unit_price=records.Money(amount=Decimal(1), currency=records.Currency.USD)
    )
    mixed = client.orders.place.safe(input=orders.NewOrder(customer_id=customer.id, lines=[line, dollars])).error
    assert isinstance(mixed, InputError)
    assert [issue.path for issue in mixed.issues] == ["input.lines"]
    assert client.orders.order(order_id=uuid4()) is None
    whole, part = client.orders.split(order_id=order.id, lines=[0])
    assert whole == order
    assert part.parent == whole
    assert client.orders.pay(order_id=order.id, payment=orders.Card(last_four="1234")) is orders.Status.PAID
    moved = client.orders.ship(order_id=order.id, tracking=["t"])
    assert_type(moved, Redirect[orders.Status])
    assert (moved.to, moved.data) == (f"/orders/{order.id}", orders.Status.SENT)
    paid = client.orders.find(customer_id=customer.id, status={orders.Status.PAID})
    assert [each.id for each in paid.items] == [order.id]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    sales = client.orders.sales(period=records.Period(starts_at=start, ends_at=start + timedelta(days=1)))
    assert_type(sales, dict[records.Currency, tuple[orders.Sales, ...]])
    assert sales[records.Currency.EUR][0].day == start
    backwards = client.orders.sales.safe(period=records.Period(starts_at=start, ends_at=start - timedelta(1)))
    assert isinstance(backwards.error, InputError)
    assert client.orders.lines(lines=(line,), discounts={created.id: Decimal("0.5")}) == (euros("12.50"), 1)
    assert client.with_options(headers={"x-user": "ada"}).orders.whoami() == "ada"


def describe(error: PlaceErrors) -> str:
    """Say what went wrong; no error is forgotten."""
    match error:
        case customers.CustomerNotFound():
            return str(error.customer_id)
        case catalog.ProductNotFound():
            return str(error.product_id)
        case orders.OutOfStock():
            return str(error.missing)
        case orders.PaymentRefused():
            assert_type(error.payment, Payments)
            card = error.payment.last_four if isinstance(error.payment, orders.Card) else "no card"
            return f"{card} {error.retry_after}"
        case InputError() | CallError():
            return error.message
        case _:
            assert_never(error)


async def awaiting(client: AsyncClient, email: str) -> None:
    """Call some of them from an asynchronous service."""
    created = await client.catalog.create(product=book())
    assert_type(created, Products)
    changed = await client.catalog.patch(product_id=created.id, patch=catalog.ProductPatch(title="B"))
    assert (changed.title, changed.price, changed.version) == ("B", euros("12.50"), 2)
    page = await client.catalog.search()
    assert_type(page, records.Page[Products])
    assert created.id in {item.id for item in page.items}
    customer = await client.customers.register(name="Bob", email=email, password=SecretStr("x"))
    line = orders.Line(product_id=created.id, unit_price=euros("1"))
    order = await client.orders.place(input=orders.NewOrder(customer_id=customer.id, lines=[line]))
    assert order.sum == Decimal("1.00")
    result = await client.orders.place.safe(
        input=orders.NewOrder(customer_id=uuid4(), lines=[line], payments=[orders.Invoice(due=timedelta(hours=1))])
    )
    assert_type(result, Ok[orders.Order] | Err[PlaceErrors])
    assert isinstance(result.error, customers.CustomerNotFound)


def wrong(client: Client, customer: customers.Customer) -> None:
    """What no checker lets pass."""
    client.catalog.create(product=customer)  # BAD
    client.catalog.patch(product_id="1", patch=catalog.ProductPatch())  # BAD
    client.catalog.search(filter=catalog.Filter(kinds=["song"]))  # BAD
    client.catalog.search(limit="1")  # BAD
    client.orders.pay(order_id=customer.id, payment=book())  # BAD
    client.orders.find(status={"open"})  # BAD
    client.orders.placed()  # BAD
    client.customers.customer(customer_id=customer.id).password_hash.strip()  # BAD
    catalog.Filter(txt="x")  # BAD
    orders.Line(product_id=customer.id)  # BAD
    records.Money(amount="1", currency="GBP")  # BAD
    amount: int = client.orders.find().items[0].sum  # BAD
    print(amount)
