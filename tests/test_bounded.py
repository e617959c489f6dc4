"""The last things are held, and the oldest go."""

from harness.bounded import Bounded


def test_when_it_is_full_the_oldest_goes():
    held = Bounded[str](2)
    for key in "abc":
        held.put(key, key.upper())
    assert (held.get("a"), held.get("b"), held.get("c")) == (None, "B", "C")
    assert held.newest() == ("C", "B")


def test_when_it_is_too_heavy_the_oldest_go():
    held = Bounded[str](10, weight=len, heaviest=5)
    for text in ("aaa", "bb", "cccc"):
        held.put(text, text)
    assert held.newest() == ("cccc",)
    held.put("too heavy by itself", "dddddd")
    assert held.newest() == ()


def test_what_is_dropped_is_gone_and_dropping_the_unknown_is_nothing():
    held = Bounded[int](2)
    held.put("a", 1)
    held.drop("a")
    held.drop("b")
    assert held.newest() == ()
