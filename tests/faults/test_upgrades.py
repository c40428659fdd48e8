"""The package that was tested is the one that runs, and means what ours describes."""

import re
from typing import NotRequired, TypedDict

import pytest
import stripe

from tests.fakes.stripe import drift
from tests.fakes.stripe.hooks import API_VERSION
from tests.house import ROOT


class WithOneMore(TypedDict):
    transfer: NotRequired[str]
    include: NotRequired[list[str]]
    currency: str


@pytest.mark.parametrize("name", drift.ASKED)
def test_f57_the_package_asks_for_what_the_description_knows(name: str) -> None:
    assert drift.differences(name, drift.declared(drift.ASKED[name])) == []


def test_f57_every_call_of_the_product_is_compared() -> None:
    files = (ROOT / "engage" / "payouts").rglob("*.py")
    called = {
        name
        for file in files
        for name in re.findall(r"client\.(v[12](?:\.\w+)+)", file.read_text())
    }
    assert called == set(drift.CALLS)
    assert set(drift.CALLS.values()) == set(drift.ASKED)


def test_f57_the_package_keeps_to_the_described_version() -> None:
    assert stripe.api_version == drift.described_version() == API_VERSION
    pinned = f"stripe=={stripe.VERSION}"
    for name in ("requirements.txt", "requirements.lock"):
        assert pinned in (ROOT / name).read_text(), name


def test_f57_the_control_a_planted_drift_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert drift.differences("GetV2CoreAccountsId", WithOneMore) == [
        "GetV2CoreAccountsId.currency is known to the package alone",
        "GetV2CoreAccountsId.currency is required by the package alone",
        "GetV2CoreAccountsId.transfer is known to the package alone",
    ]
    schema = drift._described(drift.operation("PostTransfers").body_schema() or {})
    monkeypatch.delitem(schema["properties"], "transfer_group")
    params = drift.declared(drift.ASKED["PostTransfers"])
    assert drift.differences("PostTransfers", params) == [
        "PostTransfers.transfer_group is known to the package alone"
    ]


def test_f57_the_control_a_nested_drift_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schema = drift._described(drift.operation("PostV2CoreAccounts").body_schema() or {})
    inner = next(drift._objects(schema["properties"]["configuration"]))
    recipient = next(drift._objects(inner["properties"]["recipient"]))
    monkeypatch.delitem(recipient["properties"], "capabilities")
    params = drift.declared(drift.ASKED["PostV2CoreAccounts"])
    assert drift.differences("PostV2CoreAccounts", params) == [
        "PostV2CoreAccounts.configuration.recipient.capabilities"
        " is known to the package alone"
    ]
