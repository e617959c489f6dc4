"""The catalogue as files, so that a service provider in any language can be tested with it.

Every case is written, with the world that it meets: other metadata, accounts with their roles, the parameters of a
call. ``cases.schema.json`` describes the index. No private key is ever written: encrypted assertions are made for
the certificate of the service provider that is tested, and left out where none is given.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.cases.core import Case
from harness.cases.show import FORMAT, VERSION, as_data
from harness.cases.workshop import ACS, ENTRA, ISSUER, MetadataSpec, Workshop
from harness.cases.worlds import as_data as world_as_data
from harness.cases.worlds import is_encrypted
from harness.saml.times import show_instant

INDEX, SCHEMA, METADATA = "cases.json", "cases.schema.json", "metadata.xml"
NO_CERTIFICATE = "encrypted for the service provider, of which no certificate was given (--encrypt-for)"
OF_ENTRA = "asks an identity provider, and nothing of it is posted to a service provider"

Files = Iterator[tuple[str, bytes]]


def exported(cases: Sequence[Case], workshop: Workshop) -> Files:
    """Names and contents of all files. The index comes last."""
    written, left_out = [], []
    for case in cases:
        if case.of_entra:
            left_out.append({"id": case.id, "reason": OF_ENTRA})
            continue
        if is_encrypted(case.world) and workshop.encrypt_for is None:
            left_out.append({"id": case.id, "reason": NO_CERTIFICATE})
            continue
        files = _Files(case, workshop)
        written.append(files.entry)
        yield from files.contents.items()
    yield METADATA, workshop.metadata(MetadataSpec())
    yield SCHEMA, (Path(__file__).parent / SCHEMA).read_bytes()
    yield INDEX, (json.dumps(_index(written, left_out, workshop), indent=2) + "\n").encode()


class _Files:
    """The files of one case, and its entry in the index, which names them."""

    def __init__(self, case: Case, workshop: Workshop) -> None:
        self._case, self._workshop = case, workshop
        self._named: dict[MetadataSpec, str] = {MetadataSpec(): METADATA}
        name = f"{case.id}.b64"
        self.contents = {name: case.material(workshop).posted}
        world = world_as_data(case.world, self._metadata)
        self.entry = as_data(case) | {"file": name, "encrypted": is_encrypted(case.world), "world": world}

    def _metadata(self, spec: MetadataSpec) -> str:
        if spec not in self._named:
            name = self._named[spec] = f"{self._case.id}.{len(self._named)}.xml"
            self.contents[name] = self._workshop.metadata(spec)
        return self._named[spec]


def _index(written: Sequence[Any], left_out: Sequence[Any], workshop: Workshop) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "format": FORMAT,
        "version": VERSION,
        "clock": show_instant(workshop.now),
        "issuer": ISSUER,
        "acs": ACS,
        "audience": ACS,
        "certificate": workshop.certificate(ENTRA).pem,
        "metadata": METADATA,
        "cases": [*written],
        "left_out": [*left_out],
    }
