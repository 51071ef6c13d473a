"""A client that is generated from openapi.yaml: without a warning, and every operation answers what it expects."""

import importlib
import json
import os
import pathlib
import pkgutil
import re
import subprocess
import sys
import threading

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SPEC = {
    "name": "a small network",
    "dataset": {"kind": "random_labels", "inputs": 4, "samples": 8},
    "network": {"kind": "linear"},
    "training": {"steps": 20},
    "sweep": [{"path": "/dataset/samples", "values": [4, 8, 16]}],
    "seeds": 3,
}
FORMATS = ["csv", "ndjson", "parquet", "md", "tex", "txt"]
# what is not answered with 2xx here, and why
REFUSED = {"showCalibration": 404}  # no calibration has ended


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The generated package, from a run without a warning."""
    folder = tmp_path_factory.mktemp("client")
    programs = pathlib.Path(sys.executable).parent
    command = [
        str(programs / "openapi-python-client"), "generate", "--path", str(ROOT / "openapi.yaml"),
        "--config", str(HERE / "client.yaml"), "--output-path", str(folder / "generated"), "--fail-on-warning",
    ]
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path})
    assert run.returncode == 0 and "WARNING" not in run.stdout, run.stdout + run.stderr
    sys.path.insert(0, str(folder / "generated"))
    yield importlib.import_module("bitgauge_client")
    sys.path.remove(str(folder / "generated"))


@pytest.fixture(scope="module")
def operations():
    """Id, method and path of every operation of the document."""
    paths = json.loads((ROOT / "openapi.json").read_text())["paths"]
    methods = ("get", "post", "patch", "delete")
    return {
        item[method]["operationId"]: (method, path)
        for path, item in paths.items() for method in methods if method in item
    }


class Calls:
    """Calls operations by their ids, and notes which."""

    def __init__(self, package, client):
        modules = pkgutil.walk_packages(package.api.__path__, "bitgauge_client.api.")
        self.functions = {m.name.rsplit(".", 1)[1]: m.name for m in modules if not m.ispkg}
        self.client, self.called = client, set()

    def __call__(self, operation, *arguments, **named):
        module = importlib.import_module(self.functions[snake(operation)])
        self.called.add(operation)
        answer = module.sync_detailed(*arguments, client=self.client, **named)
        expected = REFUSED.get(operation, 2)
        assert answer.status_code.value in (expected, *range(expected * 100, expected * 100 + 100)), (operation, answer)
        if answer.status_code != 204:
            assert answer.parsed is not None, (operation, answer.content[:300])
        return answer.parsed


def test_every_operation_is_called_and_answers(package, operations, start, tmp_path):
    importlib.import_module("bitgauge_client.api")
    process, address = start(tmp_path / "data")
    call = Calls(package, package.Client(base_url=address, timeout=90, raise_on_unexpected_status=True))
    models = importlib.import_module("bitgauge_client.models")
    watched = {}
    try:
        spec = models.JobSpec.from_dict(SPEC)
        finished = call("createJob", body=spec, prefer="wait=60")
        job = finished.job.id
        assert finished.job.state == "succeeded" and len(finished.results) == 3

        watcher = threading.Thread(target=lambda: watched.update(text=call("streamAllEvents", last_event_id=0)))
        watcher.start()
        for operation in ("showJob", "streamEvents", "showResults", "listTrials", "showAnalysis", "listFigures", "drawFigure",
                          "drawFigureAsPng", "drawFigureAsPdf", "showReport", "printTable"):
            call(operation, job)
        call("showTrial", job, 0)
        other = call("cloneJob", job, body=models.SpecPatch.from_dict({"training": {"steps": 30}}), prefer="wait=60")
        call("compareJobs", jobs=[job, other.job.id])
        call("extendJob", job, body=models.ExtensionRequest(more=1), prefer="wait=60")
        verification = call("verifyJob", job, body=models.VerificationRequest(sample=2), prefer="wait=60")
        assert call("showVerification", verification.job.id).verdict == "equal"
        call("changeJob", job, body=models.JobPatch(notes="seen"))
        waiting = call("createJob", body=models.JobSpec.from_dict({**SPEC, "training": {"steps": 10_000_000}}))
        assert call("pauseJob", waiting.id).paused_at
        assert not call("resumeJob", waiting.id).paused_at
        assert call("cancelJob", waiting.id).state == "cancelled"
        call("retryJob", waiting.id)
        call("deleteJob", waiting.id, force=True)
        call("listJobs", state=[models.JobState.SUCCEEDED], count=True)
        call("deleteJobs", older_than="30d")

        # every table and every list as a file
        for operation, (method, path) in operations.items():
            if method == "get" and path.rsplit(".", 1)[-1] in FORMATS and operation not in call.called:
                call(operation, *([job] if "{id}" in path else []))
        for operation in ("listMeasurements", "listCapacities", "showCatalog", "listPresets", "showJobSchema",
                          "listWorkers", "showMetrics", "showVersion", "showDescription", "showDescriptionAsJson",
                          "readDescription", "styleDescription", "showLiveness", "showReadiness", "showCalibration"):
            call(operation)
        call("showPreset", "binary-units")
        made = call("createBackup")
        assert [backup.name for backup in call("listBackups").items] == [made.name]
        call("beginCalibration", body=models.CalibrationRequest(quick=True))
        call("showCalibrationRun")
        assert call("cancelCalibration").state == "cancelled"
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0
    watcher.join(timeout=30)
    assert "event: shutdown" in watched["text"] and "event: deleted" in watched["text"]
    assert call.called == set(operations), "the document has other operations"
