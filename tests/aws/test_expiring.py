"""What is held until it expires, and never more of it than a limit."""

from datetime import timedelta

from harness.aws.expiring import Expiring
from tests.aws.responses import NOW

SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)


def test_what_has_expired_is_not_given_out():
    held: Expiring[str] = Expiring(10)
    held.put("a", "one", SOON, NOW)
    assert held.get("a", SOON - timedelta(seconds=1)) == "one"
    assert held.get("a", SOON) is None
    assert held.get("b", NOW) is None


def test_what_has_expired_goes_before_what_has_not():
    held: Expiring[int] = Expiring(3)
    for number, until in enumerate((LATER, SOON, LATER)):
        held.put(str(number), number, until, NOW)
    held.put("3", 3, LATER + timedelta(hours=1), SOON)
    assert [held.get(str(number), SOON) for number in range(4)] == [0, None, 2, 3]


def test_the_oldest_go_when_nothing_has_expired():
    held: Expiring[int] = Expiring(3)
    for number in range(5):
        held.put(str(number), number, LATER, NOW)
    assert [held.get(str(number), NOW) for number in range(5)] == [None, None, 2, 3, 4]


def test_what_is_dropped_is_gone_and_may_be_dropped_again():
    held: Expiring[int] = Expiring(3)
    held.put("a", 1, LATER, NOW)
    held.drop("a")
    held.drop("a")
    assert held.get("a", NOW) is None
