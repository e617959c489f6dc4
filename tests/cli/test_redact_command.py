"""`redact` writes a fixture and its certificate, or nothing."""

from pathlib import Path

from tests.cli.running import BRITTA, SOON, run


def test_a_redacted_response_is_judged_as_the_original_is(made: Path, tmp_path: Path) -> None:
    out, metadata = tmp_path / "fixture.b64", tmp_path / "metadata.xml"
    done = run("redact", made / "response.b64", "-o", out, "-m", made / "metadata.xml", "--at", SOON,
               "--metadata-out", metadata)  # fmt: skip
    assert done.code == 0, done.err
    assert done.out == ""
    at = done.err.partition("--at ")[2].partition(";")[0]
    assert run("check", out, "-m", metadata, "--at", at).code == 0
    assert run("verify", out, "-c", f"{out}.pem").code == 0
    assert BRITTA not in run("check", out, "-m", metadata, "--at", at).out


def test_a_guest_keeps_the_fault_of_a_guest(made: Path, tmp_path: Path) -> None:
    done = run("redact", made / "guest.b64", "-o", tmp_path / "fixture.b64", "-m", made / "metadata.xml", "--at", SOON)
    assert done.code == 0
    assert "codes: AWS002, AWS003" in done.err


def test_existing_files_stay_unless_forced(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "fixture.b64"
    out.write_text("mine")
    command = ["redact", made / "response.b64", "-o", out, "--certificate-out", tmp_path / "own.pem"]
    refused = run(*command)
    assert refused.code == 2
    assert "--force overwrites it" in refused.err
    assert out.read_text() == "mine"
    assert [one.name for one in tmp_path.iterdir()] == ["fixture.b64"]
    assert run(*command, "--force").code == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["fixture.b64", "own.pem"]


def test_what_the_door_refuses_is_refused_in_one_line(tmp_path: Path) -> None:
    source = tmp_path / "bad.xml"
    source.write_text("<!DOCTYPE r><r/>")
    done = run("redact", source, "-o", tmp_path / "fixture.b64")
    assert done.code == 2
    assert "refused by the XML door (DOCTYPE" in done.err
    assert not (tmp_path / "fixture.b64").exists()


def test_what_would_be_judged_otherwise_is_not_written(made: Path, tmp_path: Path) -> None:
    from unittest import mock

    with mock.patch("harness.redact.fixture._Judged.difference", return_value="codes AWS001"):
        done = run("redact", made / "response.b64", "-o", tmp_path / "fixture.b64")
    assert done.code == 1
    assert "codes AWS001; nothing was written" in done.err
    assert [*tmp_path.iterdir()] == []
