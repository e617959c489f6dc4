"""What may be sent somewhere is sent to this machine; an address that is none is never another's."""

import pytest

from harness.loopback import http_parts, parts_on_this_machine

OWN = ["http://127.0.0.1", "http://localhost:8400/x?y", "https://[::1]:8443/", "HTTP://LOCALHOST/"]
OTHERS = [
    "http://127.0.0.1.example/", "http://127.0.0.1@example.org/", "http://example.org/#127.0.0.1", "http://10.0.0.1/",
]  # fmt: skip
NONE = [
    "",
    "127.0.0.1:8400",
    "ftp://127.0.0.1/",
    "http://",
    "http://[",
    "http://127.0.0.1:99999/",
    "http://localhost:0",
]


@pytest.mark.parametrize("url", OWN)
def test_an_address_of_this_machine_is_known(url: str):
    assert parts_on_this_machine(url) is not None


@pytest.mark.parametrize("url", OTHERS)
def test_another_machines_is_an_address_and_not_ours(url: str):
    assert http_parts(url) is not None
    assert parts_on_this_machine(url) is None


@pytest.mark.parametrize("url", NONE)
def test_what_is_no_address_is_nobodys(url: str):
    assert http_parts(url) is None
    assert parts_on_this_machine(url) is None
