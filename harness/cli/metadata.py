"""``saml-harness metadata``: show, compare and merge federation metadata."""

from collections.abc import Sequence

import click

from harness.cli.output import answer, color, complain, the_clock, width, write_file


@click.group()
def metadata() -> None:
    """Show, compare and merge federation metadata documents."""


@metadata.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(files: Sequence[str], form: str) -> None:
    """Who the documents describe, their certificates and endpoints, and what is wrong with them.

    Exit code 1 when a document has an error.
    """
    from harness.cli.world import read_metadata_files
    from harness.report.metadata import metadata_as_json, metadata_as_text
    from harness.rules.metadata import check_metadata

    documents = read_metadata_files(files)
    findings = [check_metadata(document, the_clock()) for document in documents]
    if form == "json":
        answer(metadata_as_json(documents, findings))
    else:
        answer(metadata_as_text(documents, findings, width=width(), color=color()))
    raise SystemExit(any(finding.severity == "error" for found in findings for finding in found))


@metadata.command()
@click.argument("old")
@click.argument("new")
def diff(old: str, new: str) -> None:
    """What changes from one document to another: identity provider, certificates, endpoints.

    Exit code 1 when they differ.
    """
    from harness.cli.world import read_metadata_files
    from harness.report.metadata import difference_as_text
    from harness.saml.metadata import diff as compare

    difference = compare(*read_metadata_files([old, new]))
    answer(difference_as_text(difference, width=width(), color=color()))
    raise SystemExit(int(difference.any))


@metadata.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE FILE...")
@click.option("-o", "--output", metavar="FILE", help="Where to write the merged document. Default: standard output.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def merge(files: Sequence[str], output: str | None, force: bool) -> None:
    """Make one document that trusts the certificates of all: what AWS needs while a certificate is rolled.

    All documents must describe the same identity provider. Every app of an Entra tenant has the same entityID, so
    look at the thumbprints that are added: another app's key would be trusted as well.
    """
    from harness.cli.world import read_metadata_files
    from harness.saml.metadata import merge as merge_documents

    if len(files) < 2:
        raise click.UsageError("merge needs at least two documents")
    merged = merge_documents(read_metadata_files(files))
    for certificate in merged.added:
        complain(
            f"added {certificate.thumbprint} ({certificate.subject}), valid until {certificate.not_after:%Y-%m-%d}"
        )
    if not merged.added:
        complain(f"nothing to add: {files[0]} already lists every certificate")
    if merged.signature_dropped:
        complain("dropped the document's signature, which no longer fits")
    if output is None:
        answer(merged.raw.decode("utf-8"))
    else:
        write_file(output, merged.raw, force=force)
        complain(f"wrote {output}")
