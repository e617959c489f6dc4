"""Our whole validation beside other validators, in one run, on documents that are all distinct.

    python benchmarks/validate.py [--roles 1,10,100,400,1200] [--rounds 61]

Ours is everything `check` does but for the two other engines: capture, door, strict signature profile, signed facts,
every rule, AWS's answers, the Report. Entra sends each role twice, so from about 250 roles on AWS's size limits are
exceeded: then our report must hold exactly those errors.
"""

import argparse
from collections.abc import Callable

import contestants
from contestants import Validator, require_honest
from documents import make_world
from rounds import Contest, contest, heading, processor_time, row

from harness.saml.keys import SigningKey

BEST = "raw xmlsec, bare key"
OURS = "ours, whole report"
ENGINES = "ours with three engines"
PYTHON3_SAML, PYSAML2 = "python3-saml is_valid", "pysaml2 with xmlsec1"
RSA = "one RSA-2048 private operation"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--roles", default="1,10,100,400,1200")
    parser.add_argument("--rounds", type=int, default=61)
    options = parser.parse_args()
    roles = [int(one) for one in options.roles.split(",")]
    world = make_world()
    validators: dict[str, Validator] = {
        BEST: contestants.raw_xmlsec(world.metadata),
        OURS: contestants.ours(world.metadata),
        ENGINES: contestants.ours(world.metadata, engines=True),
        "signxml": contestants.signxml(world.metadata),
        "minisaml": contestants.minisaml(world.metadata),
        PYTHON3_SAML: contestants.python3_saml(world.metadata),
        PYSAML2: contestants.pysaml2(world.metadata),
    }
    runs: dict[str, Callable[[str], object]] = {RSA: rsa_operation(world.key), **validators}
    found: list[Contest] = []
    for count in roles:
        documents = world.documents(count, 60 if count <= 100 else 20)
        for name, accepts in validators.items():
            require_honest(name, accepts, documents)
        rounds = max(options.rounds // (1 if count <= 100 else 3), 7)
        found.append(contest(runs, documents, rounds, seldom=[PYSAML2], clock=processor_time))
    report(roles, found, list(runs))


def rsa_operation(key: SigningKey) -> Callable[[str], object]:
    """The yardstick: what nobody can do without."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    private = key.private
    assert isinstance(private, rsa.RSAPrivateKey)
    return lambda _: private.sign(b"x" * 32, padding.PKCS1v15(), hashes.SHA256())


def report(roles: list[int], found: list[Contest], names: list[str]) -> None:
    heading("microseconds (median), roles:", roles)
    for name in names:
        row(name, [one.median(name) for one in found], 0)
    heading(f"ratio to {BEST}:", roles)
    for name in names:
        if name not in (BEST, RSA):
            row(name, [one.ratio(name, BEST) for one in found])
    heading("times faster, ours against:", roles)
    for name in (PYTHON3_SAML, PYSAML2, "minisaml", "signxml"):
        row(name, [one.ratio(name, OURS) for one in found], 1)
    if len(roles) > 1:
        print("\nmicroseconds for each further role")
        steps = zip(roles, roles[1:], found, found[1:], strict=False)
        slopes = [(a, b, (two.median(OURS) - one.median(OURS)) / (b - a)) for a, b, one, two in steps]
        print("  ours: " + ", ".join(f"{a} to {b}: {slope:.1f}" for a, b, slope in slopes))
    aims(roles, found)


def aims(roles: list[int], found: list[Contest]) -> None:
    print("\naims (must / reach for) and what was reached")
    usual = [one for count, one in zip(roles, found, strict=True) if count <= 400]
    if usual:
        worst = max(one.ratio(OURS, BEST) for one in usual)
        _aim(f"against {BEST}, at most, up to 400 roles", "1.30 / 0.85", f"{worst:.2f}", worst <= 1.3)
    few = [one for count, one in zip(roles, found, strict=True) if count <= 10]
    for name, must, reach in ((PYTHON3_SAML, 8, 13), (PYSAML2, 80, 150)):
        if few:
            least = min(one.ratio(name, OURS) for one in few)
            _aim(f"times faster than {name}, up to 10 roles", f"{must} / {reach}", f"{least:.1f}", least >= must)


def _aim(what: str, aim: str, reached: str, met: bool) -> None:
    print(f"  {what:<62}{aim:>12}{reached:>9}  {'met' if met else 'NOT MET'}")


if __name__ == "__main__":
    main()
