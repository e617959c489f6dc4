"""Microsoft's own libraries, unchanged: they find the mock by the names of production, behind its proxy."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from harness.entra.idp import EntraIdp
from harness.scenario.load import demo_scenario
from harness.scenario.saving import scenario_text
from harness.web.authority import make_authority
from harness.web.hosts import SERVED
from harness.web.server import serve
from tests.clients.programs import client

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DRIVER = Path(__file__).parent / "drivers" / "msgraph_client.py"


def test_microsofts_libraries_roll_a_certificate_and_add_a_role(tmp_path: Path) -> None:
    program = client("msgraph-sdk", "python", tmp_path)
    idp = EntraIdp(demo_scenario())
    before = idp.respond("adele@contoso.com", NOW)
    with serve(idp, lambda: NOW, authority=make_authority(SERVED, datetime.now(UTC))) as served:
        trusted = tmp_path / "authority.pem"
        trusted.write_text(served.real.authority.certificate.pem)
        program.variables |= {
            "HTTPS_PROXY": served.real.proxy_url,
            "REQUESTS_CA_BUNDLE": str(trusted),
            "SSL_CERT_FILE": str(trusted),
        }
        ran = program.run(DRIVER, idp.scenario.tenant_id, timeout=300)
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)
    assert seen["old"] == before.signed_by.thumbprint
    assert seen["new"] == seen["preferred"] != seen["old"]
    assert (seen["certificates"], seen["same_certificate"]) == (1, True)
    assert seen["refused"] == [
        400,
        "Request_BadRequest",
        "Property appRoles on the service principal does not match the application object",
    ]
    assert seen["roles"][-1] == "new,WAAD"
    assert len(seen["roles"]) == 6
    assert seen["assigned"] == "Adele Vance"
    after = idp.respond("adele@contoso.com", NOW)
    assert after.signed_by.thumbprint == seen["new"]
    assert b":role/new," in after.xml
    scenario_text(idp.scenario)
