"""Inner pytest runs, each in a folder of its own with the plugin loaded, installed or not."""

import pytest


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder in which the plugin is loaded as it is for a user."""
    pytester.makeconftest('pytest_plugins = ["harness.pytest_plugin"]')
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("XDG_STATE_HOME", str(pytester.path / "state"))
    return pytester
