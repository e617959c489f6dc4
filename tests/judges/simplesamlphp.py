"""SimpleSAMLphp as an identity provider: its own login page, driven over loopback, ended by its process."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, build_opener

from tests.judges.samples import Order
from tests.judges.shape import TIME_LIMIT, Missing, debian_version

DOCUMENT_ROOT = Path("/usr/share/simplesamlphp/www")
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
WHO = "judges.person"
"""The attribute that becomes the NameID and is then dropped."""


def version() -> str:
    """The version of the Debian package; raises Missing without it or without the php command."""
    if not shutil.which("php"):
        raise Missing("simplesamlphp needs the php command: apt-get install php-cli php-xml php-mbstring")
    return debian_version("simplesamlphp")


def sign_in(order: Order) -> str:
    """The base64 response posted after a person typed name and password. Raises RuntimeError."""
    with _site(order) as site:
        return _walk(site, order.audience)


def metadata(order: Order) -> bytes:
    """What it publishes about itself. Raises RuntimeError."""
    with _site(order) as site:
        return _get(_browser(), f"{site}/saml2/idp/metadata.php")[0].encode()


@contextmanager
def _site(order: Order) -> Iterator[str]:
    """The address of a server that lasts as long as this."""
    with tempfile.TemporaryDirectory(prefix="judges-ssp-") as name:
        directory = Path(name)
        port = _free_port()
        _write_configuration(directory, order, port)
        with _server(directory, port):
            yield f"http://127.0.0.1:{port}"


def _browser() -> OpenerDirector:
    return build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))


def _walk(site: str, audience: str) -> str:
    browser = _browser()
    start = f"{site}/saml2/idp/SSOService.php?" + urlencode({"spentityid": audience})
    login, address = _get(browser, start)
    typed = {"username": "ada", "password": "secret", "AuthState": _field(login, "AuthState")}
    page, _ = _get(browser, address.partition("?")[0] + "?", typed)
    return _field(page, "SAMLResponse")


def _get(browser: OpenerDirector, address: str, form: dict[str, str] | None = None) -> tuple[str, str]:
    data = urlencode(form).encode() if form else None
    try:
        with browser.open(address, data, timeout=TIME_LIMIT) as answer:
            return answer.read().decode("utf-8"), answer.geturl()
    except HTTPError as error:
        with error:
            page = re.sub(r"<[^>]+>|\s+", " ", error.read().decode("utf-8", "replace"))
        raise RuntimeError(f"SimpleSAMLphp answered {error.code}: {' '.join(page.split())[:600]}") from error


def _field(page: str, name: str) -> str:
    for tag in re.findall(r"<input[^>]+>", page):
        if f'name="{name}"' in tag and (value := re.search(r'value="([^"]*)"', tag)):
            return unescape(value[1])
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    raise RuntimeError(f"SimpleSAMLphp's page has no field {name}: {words[:600]}")


@contextmanager
def _server(directory: Path, port: int) -> Iterator[None]:
    with (directory / "server.log").open("wb") as log:
        server = subprocess.Popen(
            ["php", "-S", f"127.0.0.1:{port}", "-t", str(DOCUMENT_ROOT)],
            env=os.environ | {"SIMPLESAMLPHP_CONFIG_DIR": str(directory)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_open(server, port)
            yield
        finally:
            server.terminate()
            try:
                server.wait(timeout=5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_until_open(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + TIME_LIMIT
    while time.monotonic() < end and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"php -S did not listen on port {port} (ended with {server.poll()})")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_configuration(directory: Path, order: Order, port: int) -> None:
    (directory / "idp.pem").write_text(order.keys.key_pem, encoding="ascii")
    (directory / "idp.crt").write_text(order.keys.certificate_pem, encoding="ascii")
    (directory / "sessions").mkdir()
    _write_php(directory / "config.php", "config", _main_configuration(directory, port))
    _write_php(directory / "authsources.php", "config", _people(order))
    _write_php(directory / "saml20-idp-hosted.php", "metadata", {order.issuer: _idp(order)})
    _write_php(directory / "saml20-sp-remote.php", "metadata", {order.audience: _sp(order)})


def _write_php(path: Path, variable: str, value: object) -> None:
    # The values stay JSON, so nothing has to be quoted for PHP.
    path.with_suffix(".json").write_text(json.dumps(value), encoding="utf-8")
    read = f"json_decode(file_get_contents(__DIR__ . '/{path.stem}.json'), true)"
    path.write_text(f"<?php ${variable} = {read};\n", encoding="ascii")


def _main_configuration(directory: Path, port: int) -> dict[str, object]:
    return {
        "baseurlpath": f"http://127.0.0.1:{port}/",
        "certdir": f"{directory}/",
        "metadatadir": f"{directory}/",
        "loggingdir": f"{directory}/",
        "datadir": f"{directory}/",
        "tempdir": f"{directory}/tmp",
        "secretsalt": "only for one test",
        "auth.adminpassword": "only for one test",
        "timezone": "UTC",
        "logging.handler": "errorlog",
        "enable.saml20-idp": True,
        "module.enable": {"exampleauth": True, "core": True, "saml": True},
        "session.cookie.secure": False,
        "session.phpsession.savepath": f"{directory}/sessions",
        "store.type": "phpsession",
        "language.default": "en",
        "language.available": ["en"],
        "metadata.sources": [{"type": "flatfile"}],
    }


def _people(order: Order) -> dict[str, object]:
    attributes = {name: list(values) for name, values in order.attributes.items()}
    return {"people": {"0": "exampleauth:UserPass", "ada:secret": attributes | {WHO: [order.name_id]}}}


def _idp(order: Order) -> dict[str, object]:
    return {
        "host": "__DEFAULT__",
        "privatekey": "idp.pem",
        "certificate": "idp.crt",
        "auth": "people",
        "attributes.NameFormat": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
        "authproc": {
            "10": {"class": "saml:AttributeNameID", "attribute": WHO, "Format": EMAIL},
            "20": {"class": "core:AttributeLimit", **dict(enumerate(order.attributes))},
        },
    }


def _sp(order: Order) -> dict[str, object]:
    return {"AssertionConsumerService": order.acs, "NameIDFormat": EMAIL}
