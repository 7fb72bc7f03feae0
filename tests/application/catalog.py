"""What the shop sells: three kinds of products in one union, a tree of categories, a PATCH."""

from datetime import timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import AnyHttpUrl, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator
from typing_extensions import TypedDict

from sanic_actions import ActionError, Namespace, action

from .records import CamelModel, Currency, Money, Page, Record

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$", max_length=80)]
Tags = Annotated[frozenset[str], BeforeValidator(lambda tags: [tag.strip().lower() for tag in tags])]


class Size(Enum):
    """Of garments."""

    SMALL = "S"
    MEDIUM = "M"
    LARGE = "L"


class Shelf(IntEnum):
    """Where things lie."""

    FRONT = 1
    BACK = 2


class Attribute(TypedDict):
    """A free remark on a product."""

    name: str
    value: str | int | bool
    unit: NotRequired[str]


class Product(Record):
    """What all products have."""

    class Dimensions(CamelModel):
        """In centimetres."""

        width_cm: float
        height_cm: float

        class Weight(BaseModel):
            """In grams."""

            grams: int = 0

        weight: Weight = Field(default_factory=Weight)

    slug: Slug
    title: str = Field(min_length=1, max_length=200)
    price: Money
    list_price: Money | None = None
    tags: Tags = frozenset()
    attributes: list[Attribute] = []
    dimensions: Dimensions | None = None
    cost: Decimal = Field(default=Decimal(0), exclude=True)

    @field_validator("title")
    @classmethod
    def trim(cls, title: str) -> str:
        """Store titles without spaces around."""
        return title.strip()


class Book(Product):
    kind: Literal["book"] = "book"
    authors: list[str]
    page_count: int = Field(alias="numPages", default=0)


class Garment(Product):
    kind: Literal["garment"] = "garment"
    sizes: dict[Size, int]
    shelf: Shelf = Shelf.FRONT


class Download(Product):
    kind: Literal["download"] = "download"
    url: AnyHttpUrl
    expires_after: timedelta | None = None


AnyProduct = Annotated[Book | Garment | Download, Field(discriminator="kind")]


class ProductPatch(CamelModel):
    """What to change; what is left out stays as it is."""

    title: str | None = None
    list_price: Money | None = None
    tags: Tags | None = None


class Category(CamelModel):
    """A category with those below it."""

    name: str
    children: list["Category"] = []
    product_ids: set[UUID] = set()


class Filter(CamelModel):
    """What to search for."""

    model_config = ConfigDict(extra="forbid")

    text: str = ""
    kinds: list[Literal["book", "garment", "download"]] = []
    price_range: tuple[Decimal | None, Decimal | None] = (None, None)
    currency: Currency = Currency.EUR


class ProductNotFound(ActionError, code="NOT_FOUND"):
    """There is no such product."""

    product_id: UUID


class Outdated(ActionError, code="CONFLICT"):
    """Somebody else changed the record."""

    current_version: int


products: dict[UUID, Book | Garment | Download] = {}


@action(raises=[ProductNotFound])
def product(product_id: UUID) -> AnyProduct:
    """Show a product."""
    if product_id not in products:
        raise ProductNotFound("There is no such product", product_id=product_id)
    return products[product_id]


@action
async def create(product: AnyProduct) -> AnyProduct:
    """Add a product."""
    products[product.id] = product
    return product


@action(raises=[ProductNotFound, Outdated])
async def patch(product_id: UUID, patch: ProductPatch, version: int = 1) -> AnyProduct:
    """Change some of a product."""
    before = product(product_id)
    if version != before.version:
        raise Outdated("Changed meanwhile", current_version=before.version)
    changes: dict[str, Any] = {name: getattr(patch, name) for name in patch.model_fields_set}
    products[product_id] = before.model_copy(update={**changes, "version": version + 1})
    return products[product_id]


@action
def search(filter: Filter | None = None, limit: int = 20, cursor: str | None = None) -> Page[AnyProduct]:
    """Find products."""
    wanted = filter or Filter()
    low, high = wanted.price_range
    matches = [
        each
        for each in products.values()
        if wanted.text in each.title
        and (not wanted.kinds or each.kind in wanted.kinds)
        and (low is None or each.price.amount >= low)
        and (high is None or each.price.amount <= high)
    ]
    return Page(items=matches[:limit], total_count=len(matches), next_cursor="more" if len(matches) > limit else None)


@action
def categories(depth: int = 3) -> Category:
    """Show the tree of categories."""
    tree = Category(name="leaf", product_ids=set(products))
    for level in range(depth):
        tree = Category(name=f"level {level}", children=[tree])
    return tree


@action(raises=[ProductNotFound])
def remove(product_id: UUID) -> None:
    """Delete a product."""
    product(product_id)
    del products[product_id]


actions = Namespace(product=product, create=create, patch=patch, search=search, categories=categories, remove=remove)
