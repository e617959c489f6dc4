"""The throw-away authority: what it may vouch for, how long, and where its keys are."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from harness.web import authority as module
from harness.web.authority import Authority, make_authority
from harness.web.hosts import SERVED

NAMES = ("login.microsoftonline.com", "sts.amazonaws.com")


@pytest.fixture(scope="module")
def made() -> Authority:
    return make_authority(NAMES, datetime.now(UTC))


def extension(certificate: x509.Certificate, kind: type) -> x509.Extension:
    return certificate.extensions.get_extension_for_class(kind)


def handshake(server: ssl.SSLContext, trusted_pem: str, name: str) -> str | None:
    """The TLS version agreed on in memory, by a strict client of one authority. Raises what the client raises."""
    client = ssl.create_default_context(cadata=trusted_pem)
    client.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 and later do by default
    there, here = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (client.wrap_bio(here, there, server_hostname=name), server.wrap_bio(there, here, server_side=True))
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ends[0].version()


def test_its_names_are_constrained_critically_to_those_it_was_made_for(made: Authority) -> None:
    found = extension(made.certificate.x509, x509.NameConstraints)
    assert found.critical
    assert {name.value for name in found.value.permitted_subtrees} == set(NAMES)
    assert {name.value for name in found.value.excluded_subtrees} == {
        ipaddress.ip_network("0.0.0.0/0"),
        ipaddress.ip_network("::/0"),
    }


def test_the_names_in_use_are_exactly_the_served_ones() -> None:
    everything = make_authority(SERVED, datetime.now(UTC))
    permitted = extension(everything.certificate.x509, x509.NameConstraints).value.permitted_subtrees
    served = extension(everything.leaf.x509, x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    assert {name.value for name in permitted} == set(served) == SERVED


def test_it_lives_for_a_day_and_may_issue_no_further_authority(made: Authority) -> None:
    for certificate in (made.certificate, made.leaf):
        assert certificate.not_after - certificate.not_before == timedelta(hours=24)
    limits = extension(made.certificate.x509, x509.BasicConstraints)
    assert (limits.critical, limits.value.ca, limits.value.path_length) == (True, True, 0)
    assert not extension(made.leaf.x509, x509.BasicConstraints).value.ca


def test_each_start_makes_another(made: Authority) -> None:
    again = make_authority(NAMES, datetime.now(UTC))
    assert again.certificate.public_bytes != made.certificate.public_bytes
    assert again.pin != made.pin


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_trusts_it_takes_the_served_names(made: Authority, name: str) -> None:
    assert handshake(made.context, made.certificate.pem, name) == "TLSv1.3"


@pytest.mark.parametrize("name", ["graph.microsoft.com", "127.0.0.1"])
def test_a_client_that_trusts_it_takes_no_other_name(made: Authority, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(made.context, made.certificate.pem, name)


@pytest.mark.parametrize("other", ["example.com", "amazonaws.com", "evil-sts.amazonaws.com"])
def test_even_with_its_key_no_other_name_could_be_vouched_for(other: str) -> None:
    """The key is gone in the product; here one is kept, to show that clients obey the constraint."""
    issuing, serving = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    start, issuer = datetime.now(UTC).replace(microsecond=0), module._name("test")
    authority = module._signed(module._authority(issuer, issuing, NAMES), start, issuing)
    leaf = module._signed(module._leaf(issuer, issuing, serving, [other]), start, issuing)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        handshake(module._context(leaf.pem + authority.pem, serving), authority.pem, other)


def test_no_key_lies_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python takes a server's key from a file only: that file is sealed while it exists, and then gone."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen: list[bytes] = []
    load = ssl.SSLContext.load_cert_chain

    def looking(self: ssl.SSLContext, certfile: str, **how: object) -> None:
        seen.append(Path(certfile).read_bytes())
        assert Path(certfile).stat().st_mode & 0o777 == 0o600
        load(self, certfile, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(module.ssl.SSLContext, "load_cert_chain", looking)
    made = make_authority(NAMES, datetime.now(UTC))
    assert len(seen) == 1
    assert b"BEGIN ENCRYPTED PRIVATE" + b" KEY" in seen[0]
    assert b"BEGIN PRIVATE" + b" KEY" not in seen[0]
    assert list(tmp_path.iterdir()) == []
    assert not [value for value in vars(made).values() if isinstance(value, ec.EllipticCurvePrivateKey)]
