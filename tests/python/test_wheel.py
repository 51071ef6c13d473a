"""A wheel of the program that was just built, in an empty virtual environment: the command, and three lines of Python.

The wheel is made of what cargo has built already; maturin compiles nothing as long as it need not strip the program.
"""

import os
import pathlib
import subprocess
import sys
import venv

import pytest
from conftest import ROOT

THREE_LINES = """\
import bitgauge
with bitgauge.serve() as service:
    print(service.run(preset="symmetry-breaking").figure().save("symmetry.svg"))
"""


@pytest.fixture(scope="module")
def installed(binary, tmp_path_factory) -> pathlib.Path:
    """The folder of programs of an environment with the wheel and nothing else."""
    profile = pathlib.Path(binary).parent
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "maturin", "build", "--strip", "false", "--auditwheel", "skip", "--out", folder,
         "--profile", {"debug": "dev"}.get(profile.name, profile.name)],
        cwd=ROOT / "clients" / "python", env={**os.environ, "CARGO_TARGET_DIR": str(profile.parent)}, check=True,
    )
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "environment", with_pip=False)
    programs = folder / "environment" / "bin"
    pip = [sys.executable, "-m", "pip", "--python", programs / "python"]
    subprocess.run([*pip, "install", "--quiet", "--no-index", wheel], check=True)
    return programs


def run(*command, **arguments) -> str:
    """What a command prints that knows nothing of this repository."""
    environment = {"HOME": os.environ.get("HOME", "/"), "PATH": os.defpath}
    return subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=600, **arguments
    ).stdout


def test_the_program_is_on_the_path(installed, tmp_path):
    printed = run(installed / "bitgauge", "run", "--preset", "symmetry-breaking", cwd=tmp_path)
    assert "64 of 64 trials succeeded" in printed


def test_three_lines_of_python_run_and_plot(installed, tmp_path):
    assert run(installed / "python", "-c", THREE_LINES, cwd=tmp_path) == "symmetry.svg\n"
    assert (tmp_path / "symmetry.svg").read_text().startswith("<svg")


def test_the_client_stands_alone(installed, tmp_path):
    code = "import bitgauge, sys; print('pandas' in sys.modules, bitgauge.__file__)"
    assert run(installed / "python", "-c", code, cwd=tmp_path).startswith(f"False {installed.parent}")
