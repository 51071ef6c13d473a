"""The description against the service: generated requests, every check, no finding beyond the exceptions.

The exceptions stand in schemathesis.toml, each with its reason. BITGAUGE_NIGHTLY=1 tries at least 3,000 cases.
"""

import os
import pathlib
import re
import subprocess
import sys

import pytest
import requests

HERE = pathlib.Path(__file__).resolve().parent
DESCRIPTION = HERE.parents[1] / "openapi.yaml"
CONFIG = (HERE / "schemathesis.toml").read_text()
NIGHTLY = os.environ.get("BITGAUGE_NIGHTLY") == "1"
SMALL = {
    "dataset": {"kind": "random_labels", "inputs": 4, "samples": 8},
    "network": {"kind": "linear"},
    "training": {"steps": 20},
    "sweep": [{"path": "/dataset/samples", "values": [4, 8, 16]}],
    "seeds": 3,
}


def tried(address, folder, config, examples, *arguments):
    """Runs all checks; returns the number of generated cases."""
    file = folder / "schemathesis.toml"
    file.write_text(config)
    command = [
        str(pathlib.Path(sys.executable).with_name("schemathesis")), "--config-file", str(file),
        "run", str(DESCRIPTION), "--url", address, "--checks", "all", "--max-examples", str(examples),
        "--request-timeout", "30", "--no-color", *arguments,
    ]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-20_000:]
    return int(re.search(r"(\d+) generated", run.stdout)[1])


@pytest.fixture
def idle(start, tmp_path):
    """A service whose jobs wait for ever."""
    process, address = start(tmp_path / "data", "--workers", "0")
    yield address
    process.terminate()
    assert process.wait(timeout=30) == 0


def test_every_operation_keeps_the_description(idle, tmp_path):
    count = tried(idle, tmp_path, CONFIG, 6 if NIGHTLY else 2)
    assert count >= (3000 if NIGHTLY else 1000)


def test_operations_on_a_finished_job_keep_the_description(service, tmp_path):
    answer = requests.post(f"{service}/v1/jobs", json=SMALL, headers={"Prefer": "wait=60"}, timeout=70).json()
    assert answer["job"]["state"] == "succeeded"
    config = f"""{CONFIG}
[[operations]]
include-path-regex = "^/v1/jobs/"
exclude-operation-id = ["streamEvents"]
parameters = {{ "path.id" = "{answer["job"]["id"]}" }}
"""
    # the id is given, so that nothing but valid requests can be meant
    only = ["--mode", "positive", "--phases", "examples,coverage,fuzzing"]
    for method in ("POST", "PATCH", "DELETE"):
        only += ["--exclude-method", method]
    for path in ("/v1/compare", "/v1/presets/{id}"):
        only += ["--exclude-path", path]
    assert tried(service, tmp_path, config, 20 if NIGHTLY else 2, *only) >= 200
