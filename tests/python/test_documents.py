"""The Python of README.md and of the client's own README runs as it stands; CITATION.cff says what Cargo.toml says."""

import os
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest
from conftest import ROOT

FOLDER = ROOT / "clients" / "python"
SNIPPETS = [
    pytest.param(text, id=f"{path.relative_to(ROOT)}-{number}")
    for path in (ROOT / "README.md", FOLDER / "README.md")
    for number, text in enumerate(re.findall(r"^```python\n(.*?)^```$", path.read_text(), re.DOTALL | re.MULTILINE))
]


def test_both_have_snippets():
    assert len(SNIPPETS) >= 3


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_runs(binary, tmp_path, snippet):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("BITGAUGE_")},
        "PATH": os.pathsep.join([str(pathlib.Path(binary).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(FOLDER),
    }
    subprocess.run([sys.executable, "-c", snippet], cwd=tmp_path, env=environment, check=True, timeout=600)
    written = [path for path in tmp_path.iterdir() if not path.is_symlink()]
    assert written and all(path.stat().st_size > 1000 for path in written)


def test_the_citation_has_the_version_and_the_licences():
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    citation = (ROOT / "CITATION.cff").read_text()
    assert re.findall(r"^version: (.*)$", citation, re.MULTILINE) == [package["version"]]
    assert re.findall(r"^  - (MIT|Apache-2\.0)$", citation, re.MULTILINE) == package["license"].split(" OR ")
