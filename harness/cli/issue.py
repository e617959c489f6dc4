"""``saml-harness issue``: a response in Entra's exact shape."""

import base64
from collections.abc import Callable
from datetime import datetime
from typing import NoReturn

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
@click.option(
    "--server",
    metavar="URL",
    help="Sign in at a running mock Entra, such as http://127.0.0.1:8400, by its pages. Its scenario, keys and clock "
    "are used.",
)
@click.option("--at", type=INSTANT, metavar="INSTANT", help="When the response is issued. Default: now.")
@click.option("--in-response-to", metavar="ID", help="Answer an AuthnRequest of this ID. Default: unsolicited.")
@click.option("-o", "--output", metavar="FILE", help="Where to write it. Default, and -: standard output.")
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
    server: str | None,
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
    output = None if output == "-" else output
    named = [path for path in (metadata_out, output) if path is not None]
    if force:
        refuse_same(named)
    else:
        refuse_existing(*named)
    if server is None:
        xml, metadata, signer = _made(user, scenario, keys, app, at, in_response_to, bom)
    else:
        given = {"--scenario": scenario, "--keys": keys, "--at": at, "--in-response-to": in_response_to}
        if clashing := [name for name, value in given.items() if value is not None]:
            raise click.UsageError(f"{clashing[0]} is the running server's: leave it out beside --server")
        xml, metadata, signer = _fetched(server, user, app, bom)
    if metadata_out is not None:
        write_file(metadata_out, metadata(), force=force)
        complain(f"wrote {metadata_out}")
    content = xml if as_xml else base64.b64encode(xml) + b"\n"
    if output is None:
        answer(content.decode())
    else:
        # A fresh response opens the roles it names: whoever reads it can use it.
        write_file(output, content, force=force, mode=0o600)
        complain(f"wrote {output}, {signer}")


Response = tuple[bytes, Callable[[], bytes], str]
"""A response's XML, how to get the metadata, and where it comes from in words."""


def _made(
    user: str,
    scenario: str | None,
    keys: str | None,
    app: str | None,
    at: datetime | None,
    in_response_to: str | None,
    bom: bool,
) -> Response:
    from harness.cli.world import idp_of, scenario_or_demo
    from harness.entra.authn_request import AuthnRequest
    from harness.entra.refusals import EntraRefusal

    now, idp = at or the_clock(), idp_of(scenario_or_demo(scenario), keys)
    request = AuthnRequest(in_response_to) if in_response_to is not None else None
    try:
        issued = idp.respond(user, now, app=app, request=request)
    except EntraRefusal as refusal:
        _refused(str(refusal))
    signer = f"signed by {issued.signed_by.thumbprint}"
    return issued.xml, lambda: idp.federation_metadata(now, app=app, bom=bom), signer


def _fetched(server: str, user: str, app: str | None, bom: bool) -> Response:
    from harness.saml.document import UTF8_BOM
    from harness.web.fetch import TurnedAway, fetch_response

    try:
        found = fetch_response(server, user, app)
    except TurnedAway as refusal:
        _refused(str(refusal))

    def metadata() -> bytes:
        document = found.metadata()
        return document if bom else document.removeprefix(UTF8_BOM)

    return found.response.xml, metadata, f"posted by {server}"


def _refused(words: str) -> NoReturn:
    complain(f"Entra would refuse: {words}")
    raise SystemExit(1)
