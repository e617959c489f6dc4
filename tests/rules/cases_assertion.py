"""What fires the rules on the response as a whole and on the assertion."""

from harness.saml import encryption, names
from tests.aws.cases import AUTHN, CONDITIONS, CONFIRMATION, NAME_ID
from tests.aws.responses import ACS, at
from tests.rules.cases_protocol import FORGED
from tests.rules.world import Case, declared, once, response, tampered

ELSEWHERE = "https://unrelated.example.test/saml"
DATA = "<SubjectConfirmationData "
RESTRICTION = f"<AudienceRestriction><Audience>{ACS}</Audience></AudienceRestriction>"


def encrypted() -> bytes:
    return response(encrypted=encryption.Encryption())


def twice(name: str) -> dict[str, object]:
    attribute = f'<Attribute Name="{name}"><AttributeValue>x</AttributeValue></Attribute>'
    return once("</AttributeStatement>", attribute * 2 + "</AttributeStatement>")


RESPONSE = (
    Case("AST001", "AST001", once("</Conditions>", "</Conditions><Subject/>")),
    Case("AST002", "AST002", tampered("</samlp:Response>", FORGED + "</samlp:Response>")),
    Case("AST004", "AST004", {"recipient": ELSEWHERE}),
    Case("AST005", "AST005", tampered(f'Destination="{ACS}"', f'Destination="{ELSEWHERE}"')),
    Case("AST007", "", tampered(f'<Issuer xmlns="{names.SAML}">https://sts.windows.net/',
                                f'<Issuer xmlns="{names.SAML}">https://elsewhere.example/')),
    Case("AST008", "AST008", tampered("status:Success", "status:Responder")),
    Case("AST009", "AST009", tampered('ID="_r1" Version="2.0"', 'ID="_r1" Version="1.1"')),
    Case("AST018", "AST018", tampered('Version="2.0" IssueInstant', 'Version="2.0" InResponseTo="_q1" IssueInstant')),
    Case("AST019", "", {"edits": [(DATA, f'{DATA}InResponseTo="_q1" '),
                                  ('ID="_r1" Version', 'ID="_r1" InResponseTo="_q1" Version')]}),
    Case("AST029", "AST029", xml=encrypted),
    Case("AST031", "AST031", aws=lambda: declared(required=True)),
    Case("AST030", "AST030", tampered('ID="_r1" ')),
)  # fmt: skip

ASSERTION = (
    Case("AST003", "AST003", {"audience": ELSEWHERE}),
    Case("AST003", "AST003", once(RESTRICTION), name="no restriction"),
    Case("AST006", "AST006 MET013", {"issuer": "https://sts.windows.net/99999999-2222-4333-8444-555555555555/"}),
    Case("AST010", "AST010", once(CONDITIONS)),
    Case("AST011", "AST011", {"until": at(0)}),
    Case("AST012", "AST012", {"not_before": at(1)}),
    Case("AST013", "AST012 AST013", {"not_before": at(3590)}),
    Case("AST014", "AST014", once(CONFIRMATION, CONFIRMATION * 2)),
    Case("AST014", "AST014", once("cm:bearer", "cm:sender-vouches"), name="not bearer"),
    Case("AST015", "AST015", once(f' Recipient="{ACS}"')),
    Case("AST016", "AST016", {"confirmed_until": at(0)}),
    Case("AST017", "", once(DATA, f'{DATA}NotBefore="{at(-60)}" ')),
    Case("AST020", "AST020", once(NAME_ID)),
    Case("AST021", "AST021", once(f' Format="{names.NAMEID_PERSISTENT}"')),
    Case("AST022", "AST022", once(AUTHN)),
    Case("AST022", "AST022", once(AUTHN, AUTHN * 2), name="two"),
    Case("AST023", "AST023", {"session_until": at(0)}),
    Case("AST024", "AST024", {"not_before": "2026-11-01T08:00:00+00:00"}),
    Case("AST024", "AST024", tampered(f' IssueInstant="{at(-10)}" Destination', " Destination"), name="missing"),
    Case("AST025", "AST025", {"issued": at(1)}),
    Case("AST026", "AST026", twice("https://contoso.example/team")),
    Case("AST027", "AST027", once("</Conditions>", "<Condition/></Conditions>")),
    Case("AST028", "", once("</Conditions>", "<OneTimeUse/></Conditions>")),
)  # fmt: skip

CASES = RESPONSE + ASSERTION
