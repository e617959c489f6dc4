"""Judges of signatures alone: the xmlsec1 command and OpenSAML's samlsign.

They look at every signature in the two places SAML has for one, the Response and its Assertion, accept
when all of those verify, and refuse a document with none. They read no SAML: neither time nor audience.
"""

from __future__ import annotations

import base64
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from tests.judges.shape import Judge, Sample, Word, certificates, debian_version, run

ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
DSIG = "http://www.w3.org/2000/09/xmldsig#"


class SignatureJudge(Judge):
    """Shared by both: find the signed parts, have each verified in a directory of its own."""

    reads_attributes = False

    def word(self, sample: Sample) -> Word:
        """Accepted when every signature verifies and there is one."""
        try:
            xml = base64.b64decode(sample.response)
            root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
        except (ValueError, etree.XMLSyntaxError) as error:
            return self.refusal(error)
        parts = [part for part in (root, *root.findall(f"{{{ASSERTION}}}Assertion")) if _is_signed(part)]
        if not parts:
            return Word(accepted=False, says="there is no signature to verify")
        try:
            with tempfile.TemporaryDirectory(prefix="judges-") as directory:
                refusals = [self._refusal(part, xml, sample, Path(directory)) for part in parts]
        except (subprocess.TimeoutExpired, OSError) as error:
            return self.refusal(error)
        if any(refusals):
            return Word(accepted=False, says="; ".join(filter(None, refusals)))
        return Word(accepted=True, says=f"{len(parts)} signature(s) verified")

    def _refusal(self, part: etree._Element, xml: bytes, sample: Sample, directory: Path) -> str:
        # One trusted certificate at a time: Entra's all bear the same subject, and xmlsec1, told to trust
        # two of those at once, looks only at one and refuses what the other signed.
        why = "no trusted certificate was given"
        for pem in certificates(sample.certificate_pem):
            trusted = directory / "trusted.pem"
            trusted.write_text(pem + "\n", encoding="ascii")
            why = _failure(self.command(part, xml, trusted, directory))
            if not why:
                break
        return why

    def command(self, part: etree._Element, xml: bytes, trusted: Path, directory: Path) -> Sequence[str | Path]:
        """The call that verifies the signature which is a child of this part."""
        raise NotImplementedError


class Xmlsec1(SignatureJudge):
    """The xmlsec1 command on the document as it was posted; it also checks the certificate's dates."""

    name = "xmlsec1"

    def version(self) -> str:
        """The version of the Debian package."""
        return debian_version("xmlsec1")

    def command(self, part: etree._Element, xml: bytes, trusted: Path, directory: Path) -> Sequence[str | Path]:
        """Point at the signature by its place; trust nothing but the certificate."""
        document = directory / "response.xml"
        document.write_bytes(xml)
        names = ["Response"] if part.tag == f"{{{PROTOCOL}}}Response" else ["Response", "Assertion"]
        place = "".join(f"/*[local-name()='{name}']" for name in (*names, "Signature"))
        return [
            "xmlsec1", "--verify", "--trusted-pem", trusted,
            # Without this a bare KeyValue inside the document would be believed.
            "--enabled-key-data", "x509",
            "--enabled-reference-uris", "same-doc",
            "--id-attr:ID", f"{PROTOCOL}:Response",
            "--id-attr:ID", f"{ASSERTION}:Assertion",
            "--node-xpath", place, document,
        ]  # fmt: skip


class Samlsign(SignatureJudge):
    """OpenSAML's samlsign. It verifies the signature of a root element, so an Assertion is cut out for it."""

    name = "samlsign"

    def version(self) -> str:
        """The version of the Debian package opensaml-tools."""
        return debian_version("opensaml-tools")

    def command(self, part: etree._Element, xml: bytes, trusted: Path, directory: Path) -> Sequence[str | Path]:
        """The part as a document of its own."""
        document = directory / "part.xml"
        document.write_bytes(etree.tostring(part, with_tail=False))
        return ["samlsign", "-c", trusted, "-f", document]


def _is_signed(part: etree._Element) -> bool:
    return part.find(f"{{{DSIG}}}Signature") is not None


def _failure(command: Sequence[str | Path]) -> str:
    child = run(command)
    if child.returncode == 0:
        return ""
    words = " ".join((child.stderr or child.stdout).split())
    return f"{Path(command[0]).name} ended with status {child.returncode}: {words[:500]}"
