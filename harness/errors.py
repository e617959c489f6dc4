"""The product's own exceptions: misuse, unreadable input and broken tools.

A refused response is never an exception: it is a `Finding` or an `AwsAnswer`. What is raised here
means that no verdict could be reached, and every message names the place and the cure.
"""


class HarnessError(Exception):
    """No verdict could be reached. ``str(error)`` is one line that a user can act on."""


class UnreadableInput(HarnessError):
    """The input is not what it should be: not found, too large, not SAML, not a certificate."""


class BadScenario(HarnessError):
    """A scenario file does not describe a world; the message lists every place that is wrong."""


class BadKey(HarnessError):
    """A key or certificate cannot be read or used."""


class DecryptionFailed(HarnessError):
    """An encrypted assertion could not be opened.

    One message for every cause: a decryptor that tells its failures apart can be used as an oracle.
    """

    def __init__(self) -> None:
        super().__init__("the encrypted assertion cannot be decrypted with the key given")
