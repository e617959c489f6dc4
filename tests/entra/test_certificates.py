"""Signing certificates: their form, which of them signs when, and how their keys are kept."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes

from harness.entra.certificates import active_certificate
from harness.entra.keystore import KeyStore, default_folder, new_key, write_private
from harness.errors import BadKey, HarnessError
from harness.scenario.model import App, Certificate

BIRTH = datetime(2026, 1, 15, 7, 5, tzinfo=UTC)


def certificate(name: str, start: int = 2026, end: int = 2029, *, active: bool = False) -> Certificate:
    return Certificate(
        name=name,
        not_before=datetime(start, 1, 15, 7, 5, tzinfo=UTC),
        not_after=datetime(end, 1, 15, 7, 2, 19, tzinfo=UTC),
        active=active,
    )


def app(*certificates: Certificate, name: str = "AWS") -> App:
    return App(name=name, certificates=certificates)


def moment(year: int) -> datetime:
    return datetime(year, 6, 1, tzinfo=UTC)


OLD, SPARE, LATER = certificate("old", 2023, 2026, active=True), certificate("spare"), certificate("later", 2027, 2030)


@pytest.mark.parametrize(
    ("certificates", "year", "signs"),
    [
        ((OLD,), 2025, "old"),
        ((OLD, SPARE), 2025, "old"),
        ((SPARE, OLD), 2025, "old"),
        ((OLD,), 2028, "old"),
        ((OLD, SPARE), 2026, "spare"),
        ((SPARE, OLD), 2026, "spare"),
        ((OLD, LATER), 2026, "old"),
        ((OLD, LATER), 2028, "later"),
        ((OLD, SPARE, LATER), 2028, "later"),
        ((OLD, SPARE, LATER), 2031, "old"),
        ((SPARE,), 2027, "spare"),
        ((SPARE, LATER), 2028, "later"),
    ],
    ids=[
        "alone", "active beside a valid one", "active though listed last", "expired and alone still signs",
        "expired beside a valid inactive one, which signs", "whatever the order", "the other is not valid yet",
        "the other has become valid", "of two valid ones the longer", "all expired: the active one",
        "none is active: the only one", "none is active: of two valid ones the longer",
    ],
)  # fmt: skip
def test_which_certificate_signs(certificates: tuple[Certificate, ...], year: int, signs: str):
    assert active_certificate(app(*certificates), moment(year)).name == signs


@pytest.mark.parametrize(("second", "name"), [(18, "old"), (19, "spare"), (20, "spare")], ids=str)
def test_the_switch_comes_with_the_second_of_expiry(second: int, name: str):
    at = datetime(2026, 1, 15, 7, 2, second, tzinfo=UTC)
    spare = certificate("spare", 2025, 2028)
    assert active_certificate(app(OLD, spare), at).name == name


def test_a_certificate_has_the_form_of_entras():
    made = new_key(certificate("2026")).certificate
    assert len(made.der) == 756
    assert made.base64.startswith("MIIC8DCCAdigAwIBAgIQ")
    assert made.subject == "CN=Microsoft Azure Federated SSO Certificate"
    assert made.x509.issuer == made.x509.subject
    assert made.x509.version.name == "v3"
    assert not list(made.x509.extensions)
    assert (made.key_type, made.key_bits) == ("RSA", 2048)
    assert isinstance(made.x509.signature_hash_algorithm, hashes.SHA256)
    assert (made.not_before, made.not_after) == (BIRTH, datetime(2029, 1, 15, 7, 2, 19, tzinfo=UTC))


def test_serial_numbers_have_sixteen_bytes_and_no_sign(monkeypatch: pytest.MonkeyPatch):
    for first in (0x00, 0x80, 0xFF):
        monkeypatch.setattr("harness.entra.keystore.os.urandom", lambda size, first=first: bytes([first]) * size)
        serial = new_key(certificate("2026")).certificate.x509.serial_number
        assert len(f"{serial:x}") == 32
        assert serial >> 124 in range(1, 8)


def test_keys_in_memory_are_made_once():
    store = KeyStore()
    declared = certificate("2026")
    assert store.key(app(declared), declared) is store.key(app(declared), declared)
    assert store.certificate(app(declared), declared) != KeyStore().certificate(app(declared), declared)


@pytest.mark.parametrize(
    ("one", "other"),
    [(("A B", "c"), ("A_B", "c")), (("AWS", "1-2026"), ("AWS-1", "2026")), (("A", "b c"), ("A", "b_c"))],
    ids=["blank", "hyphen", "blank in the certificate"],
)
def test_different_names_never_share_a_key(one: tuple[str, str], other: tuple[str, str], tmp_path: Path):
    """Two apps with one key would hide that AWS was given the wrong app's metadata."""
    for store in (KeyStore(), KeyStore(tmp_path)):
        certificates = [certificate(name) for _, name in (one, other)]
        apps = [app(declared, name=name) for declared, (name, _) in zip(certificates, (one, other), strict=True)]
        first, second = (store.certificate(*pair) for pair in zip(apps, certificates, strict=True))
        assert first.public_bytes != second.public_bytes


def test_keys_in_a_folder_are_the_owners_alone(tmp_path: Path):
    folder = tmp_path / "deep" / "keys"
    declared = certificate("2026")
    KeyStore(folder).key(app(declared), declared)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_gives_the_same_key_until_it_is_removed(tmp_path: Path):
    declared = certificate("2026")
    first = KeyStore(tmp_path).certificate(app(declared), declared)
    assert KeyStore(tmp_path).certificate(app(declared), declared) == first
    next(tmp_path.iterdir()).unlink()
    assert KeyStore(tmp_path).certificate(app(declared), declared) != first


def test_all_who_ask_at_once_get_one_key(tmp_path: Path):
    declared = certificate("one")
    with ThreadPoolExecutor(8) as pool:
        stores = [KeyStore(tmp_path / "keys") for _ in range(8)]
        made = [*pool.map(lambda store: store.certificate(app(declared), declared), stores)]
    assert len({one.der for one in made}) == 1
    assert len([*(tmp_path / "keys").iterdir()]) == 1


@pytest.mark.parametrize("what", ["folder", "file"])
def test_keys_that_others_can_read_are_refused_with_the_cure(what: str, tmp_path: Path):
    folder, declared = tmp_path / "keys", certificate("one")
    KeyStore(folder).key(app(declared), declared)
    (pem,) = folder.iterdir()
    if what == "file":
        pem.chmod(0o644)
        expected = f"{pem}: others may read it (mode 644); chmod 600 {pem}"
    else:
        pem.unlink()
        folder.chmod(0o755)
        expected = f"{folder}: others may read it (mode 755); chmod 700 {folder}"
    with pytest.raises(BadKey, match=re.escape(expected)):
        KeyStore(folder).key(app(declared), declared)


def test_a_relative_state_folder_is_ignored(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_STATE_HOME", "here")
    assert default_folder("x") == Path.home() / ".local" / "state" / "saml-harness" / "x"


def break_file(folder: Path, content: bytes) -> Path:
    declared = certificate("2026")
    KeyStore(folder).key(app(declared), declared)
    (file,) = folder.iterdir()
    file.write_bytes(content)
    return file


def foreign_pair() -> bytes:
    """Private key and certificate of two different keys."""
    one, other = new_key(certificate("2026")), new_key(certificate("2026"))
    return one.private_pem() + other.certificate.pem.encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: b"", "not a usable private key"),
        (lambda: b"\x00\xff rubbish", "not a usable private key"),
        (lambda: new_key(certificate("2026")).private_pem(), "certificate"),
        (lambda: new_key(certificate("2026")).certificate.pem.encode(), "not a usable private key"),
        (foreign_pair, "does not belong to the certificate"),
    ],
    ids=["empty", "rubbish", "no certificate", "no key", "two keys"],
)
def test_a_broken_key_file_is_refused_with_its_path_and_the_cure(content, words: str, tmp_path: Path):
    broken = content()
    file = break_file(tmp_path, broken)
    declared = certificate("2026")
    with pytest.raises(BadKey, match=words) as refusal:
        KeyStore(tmp_path).key(app(declared), declared)
    assert str(file) in str(refusal.value)
    assert str(refusal.value).endswith("remove it to have a new key made")
    assert file.read_bytes() == broken


def test_the_key_of_another_declaration_is_refused(tmp_path: Path):
    declared = certificate("2026")
    KeyStore(tmp_path).key(app(declared), declared)
    changed = certificate("2026", 2026, 2028)
    with pytest.raises(BadKey, match=r"its dates are not those of certificate '2026'; remove it"):
        KeyStore(tmp_path).key(app(changed), changed)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    declared = certificate("2026")
    with pytest.raises(HarnessError, match="choose another folder with --keys"):
        KeyStore(tmp_path / "file").key(app(declared), declared)


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(HarnessError):
        write_private(tmp_path / "taken", b"x")
    assert [one.name for one in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize("state", ["/somewhere/state", None], ids=["XDG_STATE_HOME", "home"])
def test_the_default_folder_is_the_users_and_named_after_the_scenario(state, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    if state:
        monkeypatch.setenv("XDG_STATE_HOME", state)
    base = Path(state or "/home/ada/.local/state")
    assert default_folder("contoso") == base / "saml-harness" / "contoso"
