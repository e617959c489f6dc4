"""``saml-harness verify``: XML and signature only."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from harness.cli.output import answer, color, width

if TYPE_CHECKING:
    from harness.report.model import Verification


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-c", "--certificate", multiple=True, metavar="FILE", help="A trusted certificate: PEM, base64 or DER. Repeatable."
)
@click.option(
    "-m",
    "--metadata",
    multiple=True,
    metavar="FILE",
    help="Metadata: the signing certificates of the entity that issued a file are trusted for it. Repeatable.",
)
@click.option(
    "--entry", type=click.IntRange(min=1), metavar="N", help="Which response of a HAR or trace. Default: the only one."
)
@click.option("--allow-sha1", is_flag=True, help="Verify signatures with SHA-1.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def verify(
    files: Sequence[str],
    certificate: Sequence[str],
    metadata: Sequence[str],
    entry: int | None,
    allow_sha1: bool,
    form: str,
) -> None:
    """Verify the signatures of any identity provider's response or metadata. Knows no AWS and no clock.

    Exit code 0 when every signature verifies under the strict profile with one of the certificates and one of them
    covers the assertion (of metadata: the document); 1 when not; 2 when a file cannot be judged. Metadata verified
    with a certificate that it carries itself proves integrity, not origin.
    """
    from harness.cli.world import read_metadata_files
    from harness.errors import HarnessError, UnreadableInput
    from harness.report.verification import Unjudged, verifications_as_json, verifications_as_text
    from harness.saml.keys import read_certificate_file
    from harness.saml.wire import read_capture, read_file
    from harness.verify import verify_document

    keys = []
    for path in certificate:
        raw = read_file(path)
        if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            raise HarnessError(f"{path}: this is XML and no certificate; federation metadata is given with --metadata")
        keys += read_certificate_file(raw, path)
    documents = read_metadata_files(metadata)
    if not keys and not any(document.keys for document in documents):
        raise HarnessError("no trusted key: give --certificate or --metadata")
    results: list[Verification | Unjudged] = []
    for path in files:
        try:
            capture = read_capture(read_file(path), path, entry)
            fault = capture.base64_fault
            one = verify_document(capture.xml, keys, documents, name=path, allow_sha1=allow_sha1, base64_fault=fault)
            results.append(one)
        except UnreadableInput as error:
            results.append(Unjudged(path, str(error).removeprefix(f"{path}: ")))
    printed = (
        verifications_as_json(results)
        if form == "json"
        else verifications_as_text(results, width=width(), color=color())
    )
    answer(printed)
    raise SystemExit(max(2 if isinstance(one, Unjudged) else int(not one.verified) for one in results))
