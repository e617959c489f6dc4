"""``saml-harness rollover plan``: the runbook and the plan behind it."""

from pathlib import Path

from tests.cli.running import run

AT = "2026-12-01T09:00:00Z"


def plan(*arguments: object):
    return run("rollover", "plan", "--at", AT, "--processes", 1, *arguments)


def test_the_runbook_is_printed_with_what_the_rehearsal_found():
    ran = plan("--by", "2027-01-15")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("# Certificate rollover of AWS: new certificate active by 2027-01-14\n")
    assert "Nobody is locked out of 2 accounts at any time." in ran.out


def test_the_plan_that_is_written_is_the_one_that_is_rehearsed(tmp_path: Path):
    path, toml = tmp_path / "runbook.md", tmp_path / "plan.toml"
    ran = plan("--by", "2027-01-15", "-o", path, "--toml", toml)
    assert (ran.code, ran.out) == (0, "")
    assert f"wrote {path}. Nobody is locked out" in ran.err
    again = run("rollover", "rehearse", "--at", AT, "--processes", 1, "--plan", toml)
    assert again.code == 0
    assert "2027-01-14 09:00, step 4" in again.out


def test_nothing_is_overwritten_unasked_and_nothing_half_written(tmp_path: Path):
    path, toml = tmp_path / "runbook.md", tmp_path / "plan.toml"
    toml.write_text("mine")
    ran = plan("--by", "2027-01-15", "-o", path, "--toml", toml)
    assert ran.code == 2
    assert f"{toml}: exists; --force overwrites it" in ran.err
    assert [one.name for one in tmp_path.iterdir()] == ["plan.toml"]
    assert plan("--by", "2027-01-15", "-o", path, "--toml", toml, "--force").code == 0
    assert plan("--by", "2027-01-15", "-o", path, "--toml", path, "--force").code == 2


def test_a_day_that_cannot_be_met_exits_2():
    ran = plan("--by", "2029-02-01")
    assert (ran.code, ran.out) == (2, "")
    assert "choose an earlier day" in ran.err
    assert "Invalid value for '--by'" in plan("--by", "tomorrow").err
    assert "9999-12-31 is not between 2000 and 2100" in plan("--by", "9999-12-31").err
    assert plan("--by", "0001-01-01").code == 2
    assert run("rollover", "rehearse", "--at", "9999-12-31T23:59:59Z").code == 2
