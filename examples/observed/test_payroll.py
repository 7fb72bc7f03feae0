"""Tests of both services as their teams write them: the bank over itself, the payroll with a bank that is not there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from bank_client import AsyncClient, Client
from bank_client.models import Balance, NotEnough
from payroll_client import Client as PayrollClient
from sanic import Sanic

from sanic_actions import ActionError, CallError
from sanic_actions.testing import Fake, local

from . import payroll
from .app import create_app

Sanic.test_mode = True


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The bank, with accounts of its own, as its customer acme sees it."""
    monkeypatch.setenv("BANK_DB", str(tmp_path / "bank.db"))
    with local(create_app(), Client) as client:
        yield client.with_options(headers={"Authorization": "Bearer token-of-acme"})


def test_a_transfer(bank: Client) -> None:
    """What is paid is gone."""
    assert bank.transfer(to="ada", cents=300).cents == 999_700
    assert bank.balance().cents == 999_700


def test_a_transfer_that_fails_is_taken_back(bank: Client) -> None:
    """The error says what is there, and all of it still is."""
    result = bank.transfer.safe(to="ada", cents=2_000_000)

    assert isinstance(result.error, NotEnough)
    assert result.error.cents == bank.balance().cents == 1_000_000


def test_an_exception_of_the_ledger_is_an_error_of_the_action(bank: Client) -> None:
    """Which names what was not found."""
    result = bank.transfer.safe(to="eve", cents=1)

    assert result.error is not None
    assert (result.error.code, result.error.message) == ("NOT_FOUND", "There is no account eve")


def test_a_stranger(bank: Client) -> None:
    """Who has no token has no account."""
    stranger = bank.with_options(headers={"Authorization": "Bearer none"})

    with pytest.raises(ActionError, match="bearer token") as refusal:
        stranger.balance()
    assert refusal.value.code == "UNAUTHORIZED"


def test_wages() -> None:
    """Everybody is paid whom the bank can pay."""

    def transfer(*, to: str, cents: int) -> Balance:
        if to == "bob":
            raise NotEnough("Not enough", cents=5)
        if to == "eve":
            raise CallError("NOT_FOUND", "no eve", status=404)
        return Balance(account="acme", cents=100)

    fake = Fake(AsyncClient)
    fake.on(fake.client.transfer).runs(transfer)
    report = asyncio.run(payroll.pay_all(fake.client, {"ada": 7, "bob": 8, "eve": 9}))

    assert report == {"ada": "paid", "bob": "not paid: only 5 cents are left", "eve": "not paid: no eve"}
    assert fake.on(fake.client.transfer).calls[0] == {"to": "ada", "cents": 7}


def test_pay_day() -> None:
    """The action of the payroll is one of a service that another one calls."""
    fake = Fake(AsyncClient)
    fake.on(fake.client.transfer).returns(Balance(account="acme", cents=0))

    with local(payroll.create_app(lambda: fake.client), PayrollClient) as client:
        assert client.pay_day(wages={"ada": 1}) == {"ada": "paid"}
