"""Orders two cups and prints the bill. Reads ``ORDERS_CLIENT_URL``."""

from __future__ import annotations

from orders_client import actions
from orders_client.models import Receipt


def order(sku: str, quantity: int) -> Receipt:
    """Order something that is a gift."""
    return actions.orders.place(sku=sku, quantity=quantity, note="a gift")


if __name__ == "__main__":
    receipt = order("cup", 2)
    print(f"{receipt.sku}: {receipt.total}, with the note {receipt.note!r}")
