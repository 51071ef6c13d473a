"""The Python and the shell of README.md, of the client's own README and of the pages of findings run as they stand; CITATION.cff says what
Cargo.toml says."""

import os
import pathlib
import re
import shutil
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
# every shell snippet, fenced or indented
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", FOLDER / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```(?:sh|shell|bash|console)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"^\n((?:    (?:cargo|scripts/|pip|bitgauge|target/|curl|docker)[^\n]*\n)+)", re.MULTILINE)
SHELL = {
    f"{path.relative_to(ROOT)}-{number}": text
    for path in PAGES
    for number, text in enumerate(FENCED.findall(path.read_text()) + INDENTED.findall(path.read_text()))
}
# commands that are left out, by how they begin, and why
NOT_RUN = {
    "scripts/test": "runs this test",
    "pip install bitgauge-": "the wheel is built and installed by test_wheel.py",
    "cargo run --release -- serve": "runs until it is stopped; all the others ask it",
    "bitgauge serve --token-file": "runs until it is stopped; tests/process/tokens.rs starts one",
    "cargo run --release -- calibrate": "trains for minutes; tests/process/command_line.rs runs `calibrate --quick`",
    "target/release/bitgauge run --preset one-input-many-answers": "trains for half a minute and more; the other figures are drawn",
    "target/release/bitgauge run --preset regularization-axis": "trains for a quarter of an hour",
    "bitgauge run --preset": "the page of findings is what it gave; the request beside it is accepted here, and not run",
    "curl http://127.0.0.1:8080/v1/calibration ": "404 until a calibration has ended; tests/api/calibration.rs waits for it",
    "docker": "needs a container engine",
    "nats-server --addr": "runs until it is stopped; test_fleet.py starts one, with a service and workers",
    "bitgauge serve --workers 0 --nats": "the same",
    "bitgauge worker --nats": "the same",
    "useradd": "changes the machine",
    "install -": "changes the machine",
    "(umask": "changes the machine",
    "systemctl": "changes the machine",
    'curl -X POST -H "Authorization: Bearer $TOKEN" https://bits.example': "a host that does not exist; tests/process/tokens.rs sends tokens",
}


def commands(snippet):
    """The commands of a snippet that are run: with the program that was built, whatever the snippet calls it."""
    lines = re.sub(r"\\\n", "", snippet).splitlines()
    kept = [line.strip() for line in lines if not line.strip().startswith(tuple(NOT_RUN))]
    return [re.sub(r"^(cargo run --release --|target/release/bitgauge) ", "bitgauge ", line) for line in kept if line]


def test_there_are_snippets_and_every_omission_is_of_one():
    assert len(SNIPPETS) >= 3 and len(SHELL) >= 40
    lines = [line.strip() for text in SHELL.values() for line in text.splitlines()]
    for beginning in NOT_RUN:
        assert any(line.startswith(beginning) for line in lines), beginning


class Place:
    """A folder with the examples, a service on its `data`, and a job that has ended."""

    def __init__(self, folder, binary, start, *arguments):
        self.folder = folder
        (folder / "examples").symlink_to(ROOT / "examples")
        (folder / "bin").mkdir()
        (folder / "bin" / "bitgauge").symlink_to(binary)
        # an answer that is no success ends the command
        (folder / ".curlrc").write_text("fail-with-body\n")
        self.process, self.address = start(folder / "data", *arguments)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BITGAUGE_")},
            "PATH": os.pathsep.join([str(folder / "bin"), os.environ["PATH"]]),
            "HOME": str(folder),
            "BITGAUGE_SERVER": self.address,
        }

    def run(self, lines):
        text = "\n".join(lines).replace("http://127.0.0.1:8080", self.address)
        shell = ["bash", "-euo", "pipefail", "-c", text]
        done = subprocess.run(shell, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout


@pytest.fixture(scope="module")
def place(binary, start, tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("shell"), binary, start)
    answer = place.run(["bitgauge submit examples/quickstart.json --wait --json"])
    place.environment["id"] = re.search(r'"id": ?"([^"]+)"', answer)[1]
    return place


@pytest.fixture(scope="module")
def idle(binary, start, tmp_path_factory):
    """One that accepts jobs and runs none."""
    return Place(tmp_path_factory.mktemp("idle"), binary, start, "--workers", "0")


@pytest.mark.skipif(shutil.which("curl") is None, reason="the snippets call curl")
@pytest.mark.parametrize("name", SHELL)
def test_a_shell_snippet_runs(name, request, binary, start, tmp_path):
    lines = commands(SHELL[name])
    if "sqlite3" in SHELL[name] and shutil.which("sqlite3") is None:
        pytest.skip("there is no sqlite3 here")
    if name.startswith("docs/findings/"):
        request.getfixturevalue("idle").run(lines)
    elif "bitgauge restore" in SHELL[name]:
        place = Place(tmp_path, binary, start)
        place.run([line for line in lines if "restore" not in line])
        place.process.terminate()
        assert place.process.wait(timeout=60) == 0
        place.run([line for line in lines if "restore" in line])
    elif lines:
        request.getfixturevalue("place").run(lines)


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
