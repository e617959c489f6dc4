"""Write the generated parts of README and docs anew: ``python -m tests.write_docs``. A test compares them."""

import tempfile
from pathlib import Path

from tests.pages import carried_out, pages, without_chance
from tests.test_docs import _BLOCK, README, ROOT, run

if __name__ == "__main__":
    text = README.read_text("utf-8")
    README.write_text(
        _BLOCK.sub(
            lambda found: f"<!-- output: {found['command']} -->\n```\n{run(found['command'])}```\n<!-- end -->", text
        ),
        "utf-8",
    )
    (ROOT / "docs" / "cases.md").write_text(run("cases list --format markdown"), "utf-8")
    (ROOT / "docs" / "scenario.md").write_text(run("scenario schema --format markdown"), "utf-8")
    (ROOT / "docs" / "rules.md").write_text(run("rules --format markdown"), "utf-8")
    for page in pages():
        with tempfile.TemporaryDirectory() as folder:
            told, _ = carried_out(page, Path(folder))
        if without_chance(told) != without_chance(page.read_text("utf-8")):
            page.write_text(told, "utf-8")
    (ROOT / "docs" / "rollover.md").write_text(run("rollover rehearse --list --verbose"), "utf-8")
