"""What it costs to issue a response: from claims to signed bytes, beside one RSA operation and other signers.

    python benchmarks/issue.py [--roles 1,10,100,400,1200] [--rounds 61]

signxml and xmlsec are given the finished unsigned text, so theirs is the cost of signing alone.
"""

import argparse
import itertools
import re
from collections.abc import Callable

import xmlsec
from contestants import raw_xmlsec
from documents import NOW, USER, World, make_world
from lxml import etree
from rounds import Contest, contest, heading, processor_time, row
from validate import rsa_operation

from harness.entra.idp import EntraIdp, Issued
from harness.saml.keys import SigningKey
from harness.saml.names import DS, SAML

RSA, OURS = "one RSA-2048 private operation", "ours, claims to signed bytes"
FIRST = "ours, a user's first response"
"""A tenant keeps what its configuration says of a user (the claims, and nothing of any response), and begins anew when
it is changed: here before each response."""
PLACE = f'<Signature xmlns="{DS}" Id="placeholder"/>'.encode()
Signer = Callable[[bytes], bytes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--roles", default="1,10,100,400,1200")
    parser.add_argument("--rounds", type=int, default=61)
    options = parser.parse_args()
    roles = [int(one) for one in options.roles.split(",")]
    world = make_world()
    found = [measured(world, count, max(options.rounds // (1 if count <= 100 else 3), 7)) for count in roles]
    heading("microseconds (median), roles:", roles)
    for name in found[0].times:
        row(name, [one.median(name) for one in found], 0)
    heading("ratio to one RSA operation:", roles)
    for name in found[0].times:
        if name != RSA:
            row(name, [one.ratio(name, RSA) for one in found])
    if 10 in roles:
        reached = found[roles.index(10)].ratio(OURS, RSA)
        verdict = "met" if reached <= 1.35 else "NOT MET"
        print(f"\naim (must / reach for): against one RSA operation at 10 roles  1.35 / 1.10  {reached:.2f}  {verdict}")


def measured(world: World, roles: int, rounds: int) -> Contest:
    idps = [world.idp(roles, number) for number in range(5)]
    turns = itertools.count()

    def ours(_: bytes) -> Issued:
        return idps[next(turns) % len(idps)].respond(USER, NOW)

    def first(_: bytes) -> Issued:
        idp = idps[next(turns) % len(idps)]
        idp.change(lambda scenario: scenario)
        return idp.respond(USER, NOW)

    unsigned = [unsigned_text(idp) for idp in idps]
    signers: dict[str, Signer] = {"signxml": signxml(world.key), "xmlsec, bare key": with_xmlsec(world.key)}
    for name, sign in signers.items():
        require_honest(name, sign(unsigned[0]), world)
    require_honest(OURS, ours(b"").xml, world)
    require_honest(FIRST, first(b"").xml, world)
    one_operation = rsa_operation(world.key)
    return contest(
        {RSA: lambda _: one_operation(""), OURS: ours, FIRST: first, **signers}, unsigned, rounds, clock=processor_time
    )


def require_honest(name: str, xml: bytes, world: World) -> None:
    """What was made verifies, once, and not with a changed role."""
    import base64

    verifies = raw_xmlsec(world.metadata)
    assert xml.count(b"<SignatureValue") + xml.count(b"<ds:SignatureValue") == 1, name
    assert verifies(base64.b64encode(xml).decode()), f"what {name} made does not verify"
    changed = xml.replace(b":role/team", b":role/tEam", 1)
    assert not verifies(base64.b64encode(changed).decode()), f"{name} signed nothing"


def unsigned_text(idp: EntraIdp) -> bytes:
    """A response with a place for the signature after the Assertion's Issuer."""
    return re.sub(rb"<Signature .*?</Signature>", PLACE, idp.respond(USER, NOW).xml)


def signxml(key: SigningKey) -> Signer:
    from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
    from signxml.signer import XMLSigner

    signer = XMLSigner(
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    certificate = [key.certificate.x509]

    def sign(text: bytes) -> bytes:
        root = etree.fromstring(text)
        signed = signer.sign(
            root, key=key.private, cert=certificate, reference_uri=root[-1].get("ID"), id_attribute="ID"
        )
        return etree.tostring(signed)

    return sign


def with_xmlsec(key: SigningKey) -> Signer:
    """The key loaded once, without its certificate, which is appended: xmlsec would copy it on every call."""
    bare = xmlsec.Key.from_memory(key.private_pem(), xmlsec.constants.KeyDataFormatPem)

    def sign(text: bytes) -> bytes:
        root = etree.fromstring(text)
        assertion = root[-1]
        signature = xmlsec.template.create(
            assertion, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256
        )
        reference = xmlsec.template.add_reference(
            signature, xmlsec.constants.TransformSha256, uri="#" + assertion.get("ID")
        )
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        assertion.replace(next(assertion.iterchildren(f"{{{DS}}}Signature")), signature)
        assert signature.getprevious().tag == f"{{{SAML}}}Issuer"
        context = xmlsec.SignatureContext()
        context.key = bare
        context.register_id(assertion, "ID")
        context.sign(signature)
        info = etree.SubElement(signature, f"{{{DS}}}KeyInfo")
        data = etree.SubElement(info, f"{{{DS}}}X509Data")
        etree.SubElement(data, f"{{{DS}}}X509Certificate").text = key.certificate.base64
        return etree.tostring(root)

    return sign


if __name__ == "__main__":
    main()
