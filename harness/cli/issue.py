"""``saml-harness issue``: a response in Entra's exact shape."""

from datetime import datetime

import click

from harness.cli.output import answer, complain, refuse_existing, refuse_same, the_clock, write_file
from harness.cli.world import INSTANT


@click.command()
@click.option("--user", required=True, metavar="UPN", help="Who signs in.")
@click.option("--scenario", metavar="FILE", help="A scenario file. Default: the demo company.")
@click.option("--app", metavar="NAME", help="Which app of the scenario. Default: the only one.")
@click.option(
    "--keys",
    metavar="DIR",
    help="Where signing keys are kept. Default: a per-user state folder named after the scenario.",
)
@click.option("--at", type=INSTANT, metavar="INSTANT", help="When the response is issued. Default: now.")
@click.option("--in-response-to", metavar="ID", help="Answer an AuthnRequest of this ID. Default: unsolicited.")
@click.option("-o", "--output", metavar="FILE", help="Where to write it. Default: standard output.")
@click.option("--xml", "as_xml", is_flag=True, help="Write XML instead of base64.")
@click.option("--metadata-out", metavar="FILE", help="Write the app's federation metadata as well.")
@click.option(
    "--bom/--no-bom",
    default=True,
    show_default=True,
    help="Whether the metadata begins with a byte order mark, as Entra's does.",
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def issue(
    user: str,
    scenario: str | None,
    app: str | None,
    keys: str | None,
    at: datetime | None,
    in_response_to: str | None,
    output: str | None,
    as_xml: bool,
    metadata_out: str | None,
    bom: bool,
    force: bool,
) -> None:
    """Sign a user in at the mock Entra and write the response it would post to AWS.

    Exit code 1 when Entra would refuse the sign-in.
    """
    from harness.cli.world import idp_of, scenario_or_demo
    from harness.entra.authn_request import AuthnRequest
    from harness.entra.refusals import EntraRefusal

    named = [path for path in (metadata_out, output) if path is not None]
    if force:
        refuse_same(named)
    else:
        refuse_existing(*named)
    now = at or the_clock()
    idp = idp_of(scenario_or_demo(scenario), keys)
    try:
        issued = idp.respond(
            user, now, app=app, request=AuthnRequest(in_response_to) if in_response_to is not None else None
        )
    except EntraRefusal as refusal:
        complain(f"Entra would refuse: {refusal}")
        raise SystemExit(1) from None
    if metadata_out is not None:
        write_file(metadata_out, idp.federation_metadata(now, app=app, bom=bom), force=force)
        complain(f"wrote {metadata_out}")
    content = issued.xml if as_xml else issued.base64.encode() + b"\n"
    if output is None:
        answer(content.decode())
    else:
        # A fresh response opens the roles it names: whoever reads it can use it.
        write_file(output, content, force=force, mode=0o600)
        complain(f"wrote {output}, signed by {issued.signed_by.thumbprint}")
