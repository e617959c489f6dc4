"""Metadata documents and their differences, for people and programs."""

from collections.abc import Sequence
from typing import Any

from rich.padding import Padding
from rich.text import Text

from harness.report.as_json import finding_as_data
from harness.report.as_json import written as written_as_json
from harness.report.as_text import new_console, print_finding, rows, written
from harness.report.model import Finding
from harness.report.plain import plain
from harness.saml.keys import Certificate
from harness.saml.metadata import Difference, Metadata


def certificate_words(key: Certificate) -> str:
    """Thumbprint, validity and key of a certificate on one line."""
    return plain(
        f"{key.thumbprint}  {key.not_before:%Y-%m-%d} to {key.not_after:%Y-%m-%d}  "
        f"{key.key_type} {key.key_bits}  {key.subject}"
    )


def _signature_words(document: Metadata) -> str:
    signature = document.signature
    if signature is None:
        return "not signed"
    if not signature.verified:
        return "signed, but the signature does not verify"
    return "signed with a certificate it carries itself: this proves integrity, not origin"


def metadata_as_text(
    documents: Sequence[Metadata], findings: Sequence[Sequence[Finding]], *, width: int = 100, color: bool = False
) -> str:
    """Who each document describes, with which certificates and endpoints, and what is wrong."""
    console = new_console(width, color=color)
    for document, found in zip(documents, findings, strict=True):
        console.print(Text(plain(f"{document.name}: {_signature_words(document)}"), style="bold"))
        for entity in document.entities:
            console.print(Padding(Text(plain(f"identity provider {entity.entity_id}")), (0, 0, 0, 2)))
            table = rows()
            for key in entity.signing:
                table.add_row("signs", Text(certificate_words(key), overflow="fold"))
            for binding, location in entity.endpoints:
                table.add_row("sign-on", Text(plain(f"{binding.rpartition(':')[2]} {location}"), overflow="fold"))
            console.print(Padding(table, (0, 0, 0, 4)))
        for finding in found:
            print_finding(console, finding)
    return written(console)


def metadata_as_json(documents: Sequence[Metadata], findings: Sequence[Sequence[Finding]]) -> str:
    """The same as data."""
    data = [
        {
            "source": document.name,
            "signature": _signature_words(document),
            "entities": [
                {
                    "entity_id": entity.entity_id,
                    "certificates": [certificate_as_data(key) for key in entity.signing],
                    "endpoints": [{"binding": binding, "location": location} for binding, location in entity.endpoints],
                }
                for entity in document.entities
            ],
            "findings": [finding_as_data(finding) for finding in found],
        }
        for document, found in zip(documents, findings, strict=True)
    ]
    return written_as_json({"format": "saml-harness metadata", "version": 1, "documents": data})


def certificate_as_data(key: Certificate) -> dict[str, Any]:
    """A certificate as plain data."""
    return {
        "thumbprint": key.thumbprint,
        "sha256": key.sha256,
        "subject": key.subject,
        "not_before": key.not_before.isoformat(),
        "not_after": key.not_after.isoformat(),
        "key": f"{key.key_type} {key.key_bits}",
    }


def difference_as_text(difference: Difference, *, width: int = 100, color: bool = False) -> str:
    """What changes, one line each."""
    console = new_console(width, color=color)
    if not difference.any:
        console.print(Text("The same identity provider, certificates and endpoints."))
    if difference.entity_ids is not None:
        old, new = (" ".join(ids) or "none" for ids in difference.entity_ids)
        console.print(Text(plain(f"identity provider: {old} becomes {new}"), style="bold red"))
    for sign, style, keys in (("-", "red", difference.removed), ("+", "green", difference.added)):
        for key in keys:
            console.print(Text(f"{sign} {certificate_words(key)}", style=style, overflow="fold"))
    if difference.endpoints is not None:
        for sign, style, ends in (("-", "red", difference.endpoints[0]), ("+", "green", difference.endpoints[1])):
            for binding, location in ends:
                console.print(
                    Text(plain(f"{sign} {binding.rpartition(':')[2]} {location}"), style=style, overflow="fold")
                )
    return written(console)
