"""Second and third opinion: the same signature judged by xmlsec and by signxml.

Both libraries can be hung or fooled by what a document asks of them, so they are guarded: an engine is asked
only about a signature whose structure the strict profile has passed, with one pinned key, in a copy of its
own. Otherwise its word is NOT_ASKED. Where an engine cannot do an algorithm it says CANNOT_JUDGE.
"""

import contextlib
import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import ModuleType

from lxml import etree

from harness.errors import HarnessError
from harness.saml.algorithms import SIGNATURE_METHODS
from harness.saml.document import Document
from harness.saml.dsig import SignatureCheck, signature_elements
from harness.saml.keys import Certificate


class Word(StrEnum):
    """What an engine says of a signature."""

    VERIFIES = "verifies"
    REFUSES = "refuses"
    CANNOT_JUDGE = "cannot judge"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Opinion:
    """One engine's word on one signature, with its reason."""

    engine: str
    word: Word
    reason: str = ""


Engine = Callable[[etree._Element, SignatureCheck, Certificate], Opinion]


def opinions(
    document: Document, check: SignatureCheck, position: int, keys: Sequence[Certificate]
) -> tuple[Opinion, ...]:
    """What xmlsec and signxml say of the signature at ``position`` in document order.

    They get the key that the strict profile found; where none fitted, each trusted key in turn.
    """
    if document.root is None or document.flaws or not check.structure_passed or not keys:
        reason = "the strict profile refused its structure" if keys else "no trusted key"
        return tuple(Opinion(engine, Word.NOT_ASKED, reason) for engine in ("xmlsec", "signxml"))
    candidates = [check.key] if check.key else [*keys]
    return tuple(
        _best([ask(_own_copy(document.root, position), check, key) for key in candidates])
        for ask in (_xmlsec, _signxml)
    )


def _own_copy(root: etree._Element, position: int) -> etree._Element:
    return signature_elements(copy.deepcopy(root))[position]


def _best(words: list[Opinion]) -> Opinion:
    order = (Word.VERIFIES, Word.CANNOT_JUDGE, Word.REFUSES)
    return min(words, key=lambda opinion: order.index(opinion.word))


@cache
def load_xmlsec() -> ModuleType:
    """The xmlsec module. Raises HarnessError with one clear line when its libxml2 is not lxml's."""
    try:
        import xmlsec
    except Exception as error:
        raise HarnessError(
            f"xmlsec cannot be loaded ({error}); lxml and xmlsec must come from wheels with the same libxml2: "
            "pip install --force-reinstall --only-binary lxml,xmlsec lxml==6.1.3 xmlsec==1.3.17"
        ) from error
    return xmlsec


def _xmlsec(signature: etree._Element, check: SignatureCheck, key: Certificate) -> Opinion:
    xmlsec = load_xmlsec()
    home = signature.getparent()
    if home is None or SIGNATURE_METHODS[str(check.method)].family == "PSS":
        return Opinion("xmlsec", Word.CANNOT_JUDGE, "RSA-PSS is not offered by its Python binding")
    context = xmlsec.SignatureContext()
    try:
        context.key = xmlsec.Key.from_memory(key.der, xmlsec.constants.KeyDataFormatCertDer)
        context.register_id(home, "ID")
        context.verify(signature)
    except xmlsec.Error as error:
        return Opinion("xmlsec", Word.REFUSES, str(error)[:200])
    return Opinion("xmlsec", Word.VERIFIES)


def _signxml(signature: etree._Element, check: SignatureCheck, key: Certificate) -> Opinion:
    from cryptography.exceptions import UnsupportedAlgorithm
    from signxml.algorithms import DigestAlgorithm
    from signxml.algorithms import SignatureMethod as Method
    from signxml.exceptions import InvalidInput, SignXMLException
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    try:
        config = SignatureConfiguration(
            location=_location(signature),
            signature_methods=frozenset({Method(check.method)}),
            digest_algorithms=frozenset({DigestAlgorithm(check.digest_method)}),
            expect_references=1,
            # A certificate in SAML metadata is only a key: its dates are no reason to refuse.
            verification_time=_inside_validity(key),
            # KeyInfo is unsigned: anybody can add a second key to it, and none of them is trusted.
            ignore_ambiguous_key_info=True,
        )
        root = signature.getroottree().getroot()
        result = XMLVerifier().verify(root, x509_cert=key.x509, expect_config=config, id_attribute="ID")
    except (ValueError, NotImplementedError, UnsupportedAlgorithm) as error:
        if isinstance(error, InvalidInput | etree.LxmlError):
            return Opinion("signxml", Word.REFUSES, _first_line(error))
        return Opinion("signxml", Word.CANNOT_JUDGE, _first_line(error))
    except (SignXMLException, etree.LxmlError, TypeError, KeyError) as error:
        return Opinion("signxml", Word.REFUSES, _first_line(error))
    signed = result[0] if isinstance(result, list) else result
    if signed.signed_xml is None or signed.signed_xml.get("ID") != check.signed_id:
        return Opinion("signxml", Word.REFUSES, "it verified another element")
    return Opinion("signxml", Word.VERIFIES)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _location(signature: etree._Element) -> str:
    """signxml's path to the element that holds exactly this signature; its default is the first one anywhere."""
    steps = []
    node = signature.getparent()
    while node is not None and (parent := node.getparent()) is not None:
        position = sum(1 for _ in node.itersiblings(str(node.tag), preceding=True)) + 1
        steps.append(f"{node.tag!s}[{position}]/")
        node = parent
    return "./" + "".join(reversed(steps))


def _inside_validity(key: Certificate) -> datetime:
    middle = key.not_before
    with contextlib.suppress(OverflowError):
        middle = key.not_before + (key.not_after - key.not_before) / 2
    return middle.astimezone(UTC)
