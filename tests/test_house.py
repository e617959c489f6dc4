"""The rules of the house that no linter asks for."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = sorted((ROOT / "harness").rglob("*.py"))
TESTS = sorted(one for one in (ROOT / "tests").rglob("*.py") if not {"node_modules", ".venv"} & set(one.parts))
FOREIGN = {".git", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
each_module = pytest.mark.parametrize("path", [pytest.param(one, id=str(one.relative_to(ROOT))) for one in PACKAGE])
each_file = pytest.mark.parametrize(
    "path", [pytest.param(one, id=str(one.relative_to(ROOT))) for one in PACKAGE + TESTS]
)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def calls(path: Path) -> list[tuple[str, int]]:
    """The dotted names that are called in a module, each with its line."""
    return [(ast.unparse(node.func), node.lineno) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]


@each_module
def test_the_package_asserts_nothing(path: Path):
    """An assert vanishes under -O, and a refusal must not."""
    assert not [node.lineno for node in ast.walk(parsed(path)) if isinstance(node, ast.Assert)]


@each_module
def test_only_the_command_line_and_the_plugin_ask_the_clock(path: Path):
    clocks = re.compile(r"(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime))")
    asked = [call for call in calls(path) if clocks.fullmatch(call[0].removeprefix("datetime."))]
    asked += [call for call in calls(path) if clocks.fullmatch(call[0])]
    assert not asked or path.parts[-2] == "cli" or path.name == "pytest_plugin.py"


@each_module
def test_xml_enters_through_one_door(path: Path):
    parsers = re.compile(
        r"(etree|ElementTree|ET|lxml\.etree|objectify|html)\.(fromstring|parse|XML|HTML|XMLParser|iterparse)"
    )
    entered = [call for call in calls(path) if parsers.fullmatch(call[0])]
    assert not entered or path.name == "document.py"
    text = path.read_text("utf-8")
    assert not re.search(r"import (xml\.etree|xml\.dom|xml\.sax\b(?!\.saxutils)|minidom|expat)", text)


@each_module
def test_only_the_command_line_prints_and_exits(path: Path):
    told = [name for name, _ in calls(path) if name in ("print", "sys.exit", "exit", "quit", "click.echo", "os._exit")]
    assert not told or path.parts[-2] == "cli"


@each_module
def test_a_module_says_what_it_is(path: Path):
    docstring = ast.get_docstring(parsed(path))
    assert docstring
    assert docstring.splitlines()[0].endswith((".", ":"))


def public(body: list[ast.stmt], prefix: str = ""):
    """Public functions and classes, methods included, with their names."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{node.name}.")


def speaks_for_itself(name: str, node: ast.AST) -> bool:
    """A property or method whose name and type say all, inside a class that has a docstring."""
    return "." in name and isinstance(node, ast.FunctionDef) and len(node.body) <= 6


@each_module
def test_what_is_public_says_what_is_true_of_it(path: Path):
    silent = [
        name
        for name, node in public(parsed(path).body)
        if not ast.get_docstring(node) and not speaks_for_itself(name, node)
    ]
    assert not silent


@each_file
def test_no_file_is_longer_than_one_can_hold(path: Path):
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize(
    "path", [pytest.param(one, id=str(one.relative_to(ROOT))) for one in TESTS if one.name.startswith("test_")]
)
def test_a_tests_name_is_a_sentence(path: Path):
    names = [node.name for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef)]
    tests = [name for name in names if name.startswith("test_")]
    assert tests
    assert not [name for name in tests if name.count("_") < 2]
    assert len(tests) == len(set(tests)), "two tests have one name"


def kept_files() -> list[Path]:
    """Everything in the working tree that is not a tool's."""
    return [one for one in ROOT.rglob("*") if one.is_file() and not FOREIGN & set(one.relative_to(ROOT).parts)]


def test_no_private_key_lies_in_the_tree():
    """Keys are made at run time. The header is put together here, so that this file does not hold it."""
    header = re.compile(b"-----BEGIN (?:[A-Z]+ )?" + b"PRIVATE" + b" KEY-----\\s*[A-Za-z0-9+/=]{20}")
    found = [one for one in kept_files() if header.search(one.read_bytes())]
    assert not found


def test_a_private_key_would_be_found(tmp_path: Path):
    from harness.entra.keystore import new_key
    from harness.scenario.load import demo_scenario

    header = re.compile(b"-----BEGIN (?:[A-Z]+ )?" + b"PRIVATE" + b" KEY-----\\s*[A-Za-z0-9+/=]{20}")
    assert header.search(new_key(demo_scenario().apps[0].certificates[0]).private_pem())


def test_the_face_of_the_package_is_small():
    assert len((ROOT / "harness" / "__init__.py").read_text().splitlines()) <= 40


HEAVY = ["lxml", "cryptography", "flask", "pydantic", "signxml", "xmlsec", "rich", "tomli_w"]


@pytest.mark.parametrize(
    "what", ["import harness", "import harness.errors", "import harness.cli", "import harness.pytest_plugin"]
)
def test_importing_the_face_loads_nothing_heavy(what: str):
    code = f"import sys; {what}; print([one for one in {HEAVY!r} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"


def test_every_name_on_the_face_can_be_had():
    import harness

    for name in harness.__all__:
        assert getattr(harness, name).__module__.startswith("harness.")
    with pytest.raises(AttributeError, match="module 'harness' has no attribute 'nothing'"):
        harness.nothing  # noqa: B018


def test_no_module_reads_tests_or_fixtures():
    for path in PACKAGE:
        assert not re.search(r"\b(from|import) (tests|fixtures|conftest)\b", path.read_text("utf-8")), path


def test_every_ignore_has_its_reason():
    """A noqa or type: ignore names its rule, and a noqa outside one known rule says why."""
    for path in PACKAGE:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            assert not re.search(r"#\s*noqa(?!: [A-Z]+\d+)", line), f"{path}:{number}"
            assert not re.search(r"#\s*type:\s*ignore(?!\[)", line), f"{path}:{number}"
