"""A small real service provider: Flask and python3-saml as its authors show it, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, redirect, request
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from tests.threads import in_a_thread


def provider(metadata: bytes, acs: str, audience: str) -> Flask:
    """It lets a user in by a redirect to /home, turns others away with 403, and breaks where the library raises."""
    from onelogin.saml2.auth import OneLogin_Saml2_Auth
    from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as MetadataParser

    place = urlsplit(acs)
    service = {"url": acs, "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"}
    settings: dict[str, Any] = MetadataParser.merge_settings(
        {
            "strict": True,
            "sp": {"entityId": audience, "assertionConsumerService": service},
            "security": {"wantAssertionsSigned": True, "requestedAuthnContext": False},
        },
        MetadataParser.parse(metadata),
    )
    app = Flask(__name__)

    @app.post("/acs")
    def consume() -> Response | tuple[str, int]:
        # As behind a proxy that answers for the address in the responses.
        asked = {"https": "on", "http_host": place.netloc, "script_name": place.path, "post_data": request.form.copy()}
        auth = OneLogin_Saml2_Auth(asked, settings)
        auth.process_response()
        if not auth.is_authenticated():
            return f"turned away: {auth.get_last_error_reason()}", 403
        return redirect("/home")

    return app


@contextmanager
def listening(folder: Path, acs: str, audience: str) -> Iterator[str]:
    """The provider's address, while it listens."""
    app = provider((folder / "metadata.xml").read_bytes(), acs, audience)
    app.logger.disabled = True  # where the library raises, Flask would tell of it
    with in_a_thread(make_server("127.0.0.1", 0, app, threaded=True)) as url:
        yield f"{url}/acs"
