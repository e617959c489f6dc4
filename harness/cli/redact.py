"""``saml-harness redact``: a capture becomes a fixture without personal data."""

from collections.abc import Sequence
from datetime import datetime

import click

from harness.cli.output import complain, refuse_existing, refuse_same, the_clock, write_file
from harness.cli.world import INSTANT


@click.command()
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", required=True, metavar="OUT", help="Where the redacted response goes, as base64.")
@click.option("-m", "--metadata", multiple=True, metavar="FILE", help="Whose keys the original is judged with.")
@click.option(
    "--decrypt-key", multiple=True, metavar="FILE", help="A private key (PEM) that opens an encrypted assertion."
)
@click.option("--certificate-out", metavar="FILE", help="Where its certificates go. Default: OUT.pem.")
@click.option("--metadata-out", metavar="FILE", help="Write metadata as well that trusts them.")
@click.option("--entry", type=click.IntRange(min=1), metavar="N", help="Which response of a HAR or trace.")
@click.option("--at", type=INSTANT, metavar="INSTANT", help="Judge it as of then. Default: when it was posted, or now.")
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def redact(
    file: str,
    output: str,
    metadata: Sequence[str],
    decrypt_key: Sequence[str],
    certificate_out: str | None,
    metadata_out: str | None,
    entry: int | None,
    at: datetime | None,
    force: bool,
) -> None:
    """Replace everything in a response that is not a constant of the protocol, and sign it with throw-away keys.

    The result triggers the same codes, those about certificates, keys and metadata apart; otherwise nothing is
    written and the exit code is 1. Without --metadata the certificates in the response itself are trusted. An
    encrypted assertion stands in plain in the result. Exit code 2 for what cannot be redacted: an assertion that no
    key opens, or XML that is refused at the door. A signature outside the strict profile gets random values: what
    fooled a bare library does so no more.
    """
    from harness.cli.world import decrypt_keys, read_metadata_files
    from harness.errors import HarnessError
    from harness.redact.fixture import NotTheSame
    from harness.redact.fixture import redact as redacted
    from harness.saml.wire import read_capture, read_file

    if metadata_out and len(metadata) > 1:
        raise HarnessError("--metadata-out writes one document; give one --metadata")
    paths = [output, certificate_out or f"{output}.pem", *([metadata_out] if metadata_out else [])]
    (refuse_same if force else lambda names: refuse_existing(*names))(paths)
    capture = read_capture(read_file(file), file, entry)
    documents = read_metadata_files(metadata)
    try:
        done = redacted(
            capture, documents, at or capture.posted_at or the_clock(), file, decrypt_keys=decrypt_keys(decrypt_key)
        )
    except NotTheSame as error:
        complain(f"{error}; nothing was written")
        raise SystemExit(1) from None
    contents = (done.posted, done.certificates, *done.metadata)
    for path, content in zip(paths, contents, strict=False):
        write_file(path, content, force=force)
    _tell(paths, done.at, done.codes)


def _tell(paths: Sequence[str], at: datetime, codes: frozenset[str]) -> None:
    from harness.saml.times import show_instant

    found = ", ".join(sorted(codes)) or "none"
    complain(f"wrote {', '.join(paths)}; judge it with --at {show_instant(at)}; codes: {found}")
