"""The command line: the only place that prints, asks the clock and exits.

Command modules import nothing heavy at the top, so that ``--help`` answers at once.
"""

import os
import sys
from typing import NoReturn

import click

from harness.cli.approles import approles
from harness.cli.cases import cases
from harness.cli.check import check
from harness.cli.demo import demo
from harness.cli.env import env
from harness.cli.issue import issue
from harness.cli.metadata import metadata
from harness.cli.output import complain
from harness.cli.pick import pick
from harness.cli.preflight import preflight
from harness.cli.redact import redact
from harness.cli.rollover import rollover
from harness.cli.rules import rules
from harness.cli.scenario import scenario
from harness.cli.serve import serve
from harness.cli.verify import verify

EPILOG = "Exit codes: 0 accepted, 1 refused or an error found, 2 no verdict could be reached."


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="saml-harness", message="saml-harness %(version)s")
def cli() -> None:
    """Break Microsoft Entra ID to AWS SAML federation here, not in production."""


FOR_RESPONSES = (issue, check, verify, redact, rules, cases)
FOR_WORLDS = (demo, serve, env, pick, metadata, approles, scenario, preflight, rollover)
for command in FOR_RESPONSES + FOR_WORLDS:
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command line. Every failure becomes one clear line; no traceback reaches a user."""
    from harness.errors import HarnessError

    try:
        cli(standalone_mode=True)
    except HarnessError as error:
        complain(str(error))
        sys.exit(2)
    except Exception as error:
        if os.environ.get("SAML_HARNESS_DEBUG"):
            raise
        complain(
            f"internal error: {type(error).__name__}: {error}; please report it (SAML_HARNESS_DEBUG=1 shows where)"
        )
        sys.exit(2)
    sys.exit(0)
