"""The runbook's commands are run as they stand: bash, curl and the AWS command line against the two mocks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from harness.entra.certificates import delete_certificate
from harness.entra.idp import EntraIdp
from harness.errors import HarnessError
from harness.report.model import Accepted
from harness.rollover.proposal import Proposal, propose
from harness.rollover.rehearsal import rehearse
from harness.rollover.runbook import runbook
from harness.rollover.script import Pace
from harness.scenario.load import demo_scenario
from harness.scenario.model import Scenario
from harness.trial import try_sign_ins
from harness.web.server import Served, serve
from tests.clients.programs import client
from tests.rollover.worlds import NOW, company

BY = datetime(2027, 1, 15, 23, 59, tzinfo=UTC)
WAY_BACK = "# Way back\n"


def proposed(scenario: Scenario, by: datetime = BY, workers: int = 1, minutes: float = 5) -> tuple[Proposal, str]:
    pace = Pace(NOW, workers, minutes)
    proposal = propose(scenario, by, pace)
    return proposal, runbook(proposal, rehearse(proposal.plan, scenario, NOW), scenario, pace)


def sections(text: str) -> list[tuple[str, list[str]]]:
    """Heading and shell blocks of each section."""
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return [(part.splitlines()[0], re.findall(r"^```sh\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)) for part in parts]


@dataclass
class Desk:
    """Where somebody works through a runbook: a folder, the commands, and both mocks."""

    idp: EntraIdp
    served: Served
    folder: Path
    environment: dict[str, str]
    setup: str = ""

    def run(self, block: str) -> str:
        done = subprocess.run(
            ["bash", "-c", self.setup + block],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        return done.stdout

    def signed_in(self) -> list[bool]:
        trials = try_sign_ins(self.idp, self.served.store.aws, self.served.clock())
        return [isinstance(one.answer, Accepted) for one in trials]

    @property
    def active(self) -> str:
        return next(one.name for one in self.idp.scenario.apps[0].certificates if one.active)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    aws = client("awscli", "aws", tmp_path)
    idp = EntraIdp(demo_scenario())
    accounts = [one.id for one in idp.scenario.accounts]
    profiles = "".join(
        f"[profile {one}]\naws_access_key_id = {one}\naws_secret_access_key = none\n" for one in accounts
    )
    (tmp_path / "config").write_text(profiles)
    with serve(idp, lambda: NOW) as served:
        form = urlencode({"client_id": "x", "client_secret": "x", "grant_type": "client_credentials"}).encode()
        with urlopen(f"{served.entra_url}/{idp.scenario.tenant_id}/oauth2/v2.0/token", form, timeout=30) as answer:
            token = json.load(answer)["access_token"]
        variables = {
            "PATH": f"{aws.path.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_ENDPOINT_URL": served.aws_url,
            "GRAPH": f"{served.entra_url}/v1.0",
            "ENTRA": served.entra_url,
            "TOKEN": token,
        }
        yield Desk(idp, served, tmp_path, {**aws.environment, **variables})


def test_a_runbook_worked_through_from_first_to_last_locks_nobody_out(desk: Desk):
    """After every section, and again after its way back, everybody signs in; then the section is done anew. The
    check of step 3 finds an account that was forgotten."""
    (_, (setup,)), *rest = sections(proposed(demo_scenario())[1])
    desk.setup = setup
    done = []
    for heading, blocks in rest:
        if "delete the old certificate" in heading:
            remove_old(desk.idp)
        forward = [block for block in blocks if not block.startswith(WAY_BACK)]
        back = [block for block in blocks if block.startswith(WAY_BACK)]
        if heading.startswith("Step 3"):
            desk.run(forward[0].splitlines()[0])
            with pytest.raises(AssertionError, match="would be locked out if"):
                desk.run(forward[1])
        for turn in (forward, back, forward[:1] if back else []):
            for block in turn:
                desk.run(block)
            assert all(desk.signed_in()), heading
            done += turn
    assert len(done) == 20
    assert desk.active != "2026"
    held = [one.metadata for one in desk.served.store.aws.providers.values()]
    assert [[key.not_after.year for key in one.keys] for one in held] == [[2029], [2029]]


def remove_old(idp: EntraIdp) -> None:
    """The portal's part, for which Graph has no call."""

    def removed(scenario: Scenario) -> Scenario:
        (app,) = scenario.apps
        return scenario.model_copy(update={"apps": (delete_certificate(app, "2026"),)})

    idp.change(removed)


def test_the_activation_is_on_a_monday_to_thursday_with_room_on_both_sides():
    """The 15th of January 2027 is a Friday."""
    proposal, text = proposed(demo_scenario())
    assert f"{proposal.activation:%Y-%m-%d %H:%M %a}" == "2027-01-14 09:00 Thu"
    assert [f"{step.at:%m-%d %H:%M %a}" for step in proposal.plan.steps[:3]] == [
        "12-28 09:00 Mon",
        "12-28 10:00 Mon",
        "01-05 09:00 Tue",
    ]
    assert f"{proposal.ends - proposal.activation}" == "731 days, 22:02:19"
    assert "The updates may be 8 d 23 h late, the activation 731 d 22 h." in text
    assert [one.days_left for one in proposal.mails] == [60, 30, 7]
    assert "7 days before, on 2029-01-08, to nobody: no address is entered" in text


def test_every_account_has_its_commands_and_its_user_who_tries_it():
    _, text = proposed(company(30, 3))
    for number in range(30):
        account = f"{100_000_000_000 + number}"
        command = f"AWS_PROFILE={account} aws iam update-saml-provider --saml-provider-arn arn:aws:iam::{account}:"
        assert text.count(command) == 4
        assert f"| {account}/Entra | user{number % 3}@contoso.com | Reader |" in text


@pytest.mark.parametrize(
    ("by", "workers", "minutes", "said"),
    [
        ("2026-12-02", 1, 5, "by 2026-12-02 is too early: updating takes 0:10:00 with 1 at a time"),
        ("2026-12-10", 1, 8000, "by 2026-12-10 is too early: updating takes 11 days, 2:40:00 with 1 at a time"),
        ("2029-02-01", 1, 5, "by 2029-02-01 is too late: certificate 2026 expires on 2029-01-15 07:02 UTC"),
    ],
)
def test_a_day_that_cannot_be_met_is_refused_with_the_cure(by: str, workers: int, minutes: float, said: str):
    with pytest.raises(HarnessError, match=re.escape(said)):
        proposed(demo_scenario(), datetime.fromisoformat(f"{by}T23:59:00Z"), workers, minutes)


HOSTILE = "$(id>x)`id>y`;id>z|<b>'\"\\"


def test_hostile_names_are_quoted_in_commands_and_mean_nothing_in_the_text(tmp_path: Path):
    """The names are forced past the scenario's own patterns, as if these had a hole."""
    scenario = company(1)
    (account,), (app,), (user,) = scenario.accounts, scenario.apps, scenario.users
    evil = f"Entra{HOSTILE}"
    arn = f"arn:aws:iam::{account.id}:saml-provider/{evil}"
    provider = account.saml_providers[0].model_copy(update={"name": evil})
    role = app.roles[0].model_copy(update={"value": f"arn:aws:iam::{account.id}:role/Reader,{arn}"})
    made = scenario.model_copy(
        update={
            "accounts": (account.model_copy(update={"saml_providers": (provider,), "roles": ()}),),
            "apps": (app.model_copy(update={"roles": (role,), "assignments": app.assignments}),),
            "users": (user,),
        }
    )
    _, text = proposed(made)
    for _, blocks in sections(text):
        for block in blocks:
            checked = re.sub(r"\b(aws|curl|saml-harness|az)\b", "true", block)
            subprocess.run(["bash", "-n", "-c", checked], check=True, timeout=30)
    prose = re.sub(r"^```sh\n.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert r"\$\(id\>x\)" in prose
    assert "<b>" not in prose
    assert "$(" not in prose
    words = re.findall(r"--saml-provider-arn (.*) --saml-metadata-document", text)
    assert words
    for one in words:
        told = subprocess.run(
            ["bash", "-c", f"printf %s {one}"], capture_output=True, text=True, check=True, cwd=tmp_path, timeout=30
        ).stdout
        assert told == arn
    assert not [*tmp_path.iterdir()]
