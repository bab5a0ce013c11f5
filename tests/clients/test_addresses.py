"""Which addresses belong to the public internet."""

from ipaddress import ip_address

import pytest

from galley.clients.addresses import is_local_name, is_public


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "1.1.1.1",
        "2606:4700:4700::1111",
        "::ffff:93.184.215.14",
        "64:ff9b::5db8:d70e",
    ],
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "100.64.0.1",
        "198.18.0.1",
        "203.0.113.1",
        "240.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::5db8:d70e",
        "2002:5db8:d70e::",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "fd00::1",
        "fe80::1",
        "ff0e::1",
    ],
)
def test_every_other_address_is_not(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("printer.local", True),
        ("buffer", True),
        ("[::1]", True),
        ("10.1.2.3", True),
        ("metadata.google.internal", True),
        ("", True),
        ("example.com", False),
        ("93.184.215.14", False),
        ("local.example", False),
    ],
)
def test_some_names_can_only_mean_a_private_machine(
    host: str,
    is_local: bool,  # noqa: FBT001 (a table)
) -> None:
    assert is_local_name(host) is is_local
