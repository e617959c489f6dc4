"""Pages under docs are carried out: their commands are run in order, their tests are run, their output is compared.

A console block holds commands after ``$`` and what they print. Of a YAML block, what stands after ``run:`` and is a
command of ours or of pytest must be one that works. A Python block is a test file; under a comment
``<!-- file: NAME -->`` it is a file of that name that the page's commands use. ``<!-- run: COMMAND -->`` is run and
not shown. Everything happens in one empty folder for each page.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
_PART = re.compile(
    r"<!-- run: (?P<run>.+?) -->"
    r"|(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>python|toml|console|yaml)\n(?P<text>.*?)```",
    re.DOTALL,
)
_CHANCE = (
    (r"\b[0-9A-F]{40}\b", "0" * 40),
    (r"\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?", "2000-01-01"),
    (r"\b\d+\.\d+s\b", "1.00s"),
    (r"_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "_00000000-0000-0000-0000-000000000000"),
    (r"=+ (.*) in 1.00s( \(\d+:\d+:\d+\))? =+", r"= \1 in 1.00s ="),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:1"),
)


def pages() -> list[Path]:
    """The pages that are carried out: those with commands or tests in them."""
    fence = re.compile(r"^```(console|python)$", re.MULTILINE)
    return [page for page in sorted(DOCS.rglob("*.md")) if fence.search(page.read_text("utf-8"))]


def without_chance(text: str) -> str:
    """Thumbprints, instants, durations and ports differ in each run; everything else must not."""
    for pattern, usual in _CHANCE:
        text = re.sub(pattern, usual, text)
    return text


@dataclass
class Scene:
    """The folder in which a page happens."""

    folder: Path
    tests: list[str] = field(default_factory=list)

    def shell(self, command: str) -> str:
        """What a command prints, both streams, as a person sees it."""
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(self.folder / ".home"),
            "XDG_STATE_HOME": str(self.folder / ".home"), "COLUMNS": "100", "NO_COLOR": "1", "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=environment, text=True, timeout=120, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())

    def carry_out(self, found: re.Match[str]) -> str:
        """One part of a page, with the output that it has now."""
        if found["run"]:
            self.shell(found["run"])
        elif found["kind"] == "console":
            return "```console\n" + "".join(self._told(one) for one in commands(found["text"])) + "```"
        elif found["kind"] == "yaml":
            for command in re.findall(r"run: ((?:saml-harness|pytest) .*)", found["text"]):
                told = self.shell(f"{command}; echo exit code $?")
                if not told.endswith(("exit code 0\n", "exit code 1\n")):
                    raise AssertionError(f"{command}\n{told}")
        elif found["file"] or found["kind"] == "python":
            name = found["file"] or f"test_block_{len(self.tests) + 1}.py"
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(found["text"], "utf-8")
            self.tests += [] if found["file"] else [name]
        return found[0]

    def _told(self, command: str) -> str:
        return f"$ {command}\n{self.shell(command)}"


def commands(block: str) -> list[str]:
    """The commands of a console block; a line that ends in a backslash goes on."""
    found = re.findall(r"^\$ ((?:.*\\\n)*.*)$", block, re.MULTILINE)
    return [str(one) for one in found]


def carried_out(page: Path, folder: Path) -> tuple[str, Scene]:
    """The page with every output as it is now, and the folder as it was left."""
    scene = Scene(folder)
    (folder / ".home").mkdir()
    return _PART.sub(scene.carry_out, page.read_text("utf-8")), scene
