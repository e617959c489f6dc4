"""Which addresses are this machine's own: the only ones that responses, tokens and forgeries are sent to."""

from urllib.parse import SplitResult, urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def http_parts(url: str) -> SplitResult | None:
    """The parts of an HTTP or HTTPS address; None for what is no such address, its port included."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname is not None and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def parts_on_this_machine(url: str) -> SplitResult | None:
    """The parts of an HTTP or HTTPS address of this machine; None for any other."""
    parts = http_parts(url)
    return parts if parts is not None and parts.hostname in LOOPBACK else None
