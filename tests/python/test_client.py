"""clients/python/bitgauge.py against a real service: every method, and what it refuses."""

import ast
import json
import pathlib
import sys
import xml.etree.ElementTree

import bitgauge
import numpy
import pandas
import pytest
import requests

SPEC = {
    "name": "a few bits",
    "dataset": {"kind": "random_labels", "inputs": 4, "samples": 16},
    "network": {"kind": "mlp", "hidden": [4]},
    "training": {"steps": 40},
    "sweep": [{"path": "/dataset/samples", "values": [8, 16, 32]}],
    "claims": [{"says": "eight labels are eight bits", "quantity": "memorized_bits", "at": {"/dataset/samples": 8},
                "relation": "at_most", "expected": 8, "about": "statistic"}],
    "seeds": 3,
}


@pytest.fixture(scope="module")
def client(service):
    return bitgauge.Client(service, token="")


@pytest.fixture(scope="module")
def result(client):
    return client.run(SPEC, tags=["module"])


@pytest.fixture(scope="module")
def idle(start, tmp_path_factory):
    """A client of a service without workers: its jobs stay queued."""
    process, address = start(tmp_path_factory.mktemp("idle"), "--workers", "0")
    yield bitgauge.Client(address)
    process.terminate()
    assert process.wait(timeout=30) == 0


# results


def test_a_run_gives_a_row_for_each_cell(client, result):
    table = result.table()
    assert isinstance(table, pandas.DataFrame)
    answer = requests.get(f"{client.server}/v1/jobs/{result.id}/results", timeout=30).json()["items"]
    assert list(table["/dataset/samples"]) == [item["cell"]["/dataset/samples"] for item in answer] == [8, 16, 32]
    assert list(table["memorized_bits"]) == [item["measurements"]["memorized_bits"]["mean"] for item in answer]
    some = result.table(columns=["/dataset/samples", "train_error"])
    assert list(some.columns)[:2] == ["/dataset/samples", "train_error"]
    assert (result.state, result.name) == ("succeeded", "a few bits")


def test_without_pandas_a_table_is_a_list_of_dicts(result, monkeypatch):
    frame = result.table(columns=["memorized_bits"])
    monkeypatch.setitem(sys.modules, "pandas", None)
    rows = result.table(columns=["memorized_bits"])
    assert isinstance(rows, list)
    assert rows == frame.to_dict("records")


def test_trials_capacities_verdicts_and_the_analysis(result):
    assert sorted(zip(result.trials()["/dataset/samples"], result.trials()["replicate"])) == [
        (samples, replicate) for samples in (8, 16, 32) for replicate in range(3)
    ]
    analysis = result.analysis
    assert list(result.capacities["capacity_bits"]) == [analysis["capacity"][0]["capacity_bits"]["mean"]]
    assert list(result.verdicts["verdict"]) == [verdict["verdict"] for verdict in analysis["verdicts"]]
    assert list(result.verdicts["says"]) == ["eight labels are eight bits"]
    assert len(result.table("comparison")) == 0  # its only axis is samples


def test_a_result_prints_the_text_of_the_service(client, result):
    text = requests.get(f"{client.server}/v1/jobs/{result.id}/figure.txt", timeout=30).text
    assert str(result) == text and "a few bits: 9 of 9 trials succeeded" in text
    assert result._repr_html_().startswith("<pre>a few bits")
    assert repr(result) == f"<Result of 'a few bits': succeeded, job {result.id}>"


def test_a_figure_is_shown_and_saved(result, tmp_path):
    assert result.figures[:2] == ["capacity", "measurement"]
    figure = result.figure(y="train_error", theme="dark", width=700, y_scale="linear")
    assert xml.etree.ElementTree.fromstring(figure._repr_svg_()).get("width") == "700"
    assert "error" in figure.svg and figure.svg != result.figure(y="train_error", width=700, y_scale="linear").svg
    for name, first in (("a.svg", b"<svg"), ("a.png", b"\x89PNG"), ("a.pdf", b"%PDF")):
        assert figure.save(tmp_path / name).read_bytes().startswith(first)
    with pytest.raises(ValueError, match=".svg, .png or .pdf"):
        figure.save(tmp_path / "a.jpg")
    with pytest.raises(bitgauge.Refused) as refused:
        result.figure("pie")
    assert refused.value.status == 400


def test_reports_and_files_are_written(result, tmp_path, monkeypatch):
    assert b"a few bits" in result.report(tmp_path / "report.html").read_bytes()
    assert result.export("trials.csv", str(tmp_path / "t.csv")).read_text().count("\n") == 10
    monkeypatch.chdir(tmp_path)
    assert result.export("results.parquet").read_bytes().startswith(b"PAR1")
    with pytest.raises(bitgauge.Refused, match="404"):
        result.export("../../version")


# what is submitted


def test_a_spec_is_a_dict_or_a_file_and_arguments_change_it(client, tmp_path):
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(SPEC))
    job = client.submit(path, seeds=numpy.int64(2), training={"learning_rate": 0.5}, claims=None)
    spec = job.show()["spec"]
    assert spec["training"] == {"steps": 40, "learning_rate": 0.5} and spec["seeds"] == 2
    assert "claims" not in spec and SPEC["training"] == {"steps": 40}
    assert client.plan(path, seeds=2)["trials"] == 6
    sizes = client.plan(SPEC, sweep=[{"path": "/dataset/samples", "values": numpy.array([8, 9])}], claims=None)
    assert sizes["cells"] == 2
    for wrong in ({}, {"spec": SPEC, "preset": "binary-units"}, {"spec": SPEC, "full": True}):
        with pytest.raises(TypeError):
            client.submit(**wrong)
    with pytest.raises(ValueError):
        client.submit(SPEC, seeds=float("nan"))
    job.wait()


def test_presets(client):
    presets = client.presets()
    assert {"symmetry-breaking", "regularization-axis"} <= set(presets["preset"])
    assert client.preset("symmetry-breaking")["spec"]["training"]["steps"] == 300
    quick, full = (client.plan(preset="regularization-axis", full=full) for full in (False, True))
    assert quick["trials"] < full["trials"]
    verdicts = client.run(preset="symmetry-breaking", seeds=8).verdicts
    assert verdicts.set_index("noise")["measured"]["none"] == 0


def test_every_fault_of_a_spec_is_named(client):
    with pytest.raises(bitgauge.InvalidSpec) as invalid:
        client.run(SPEC, dataset={"inputs": 0}, network={"kind": "mind"})
    faults = {fault["pointer"]: fault["detail"] for fault in invalid.value.errors}
    assert {"/dataset/inputs", "/network/kind"} <= set(faults)
    for pointer, detail in faults.items():
        assert f"\n  {pointer}: {detail}" in str(invalid.value)
    assert invalid.value.status == 422 and invalid.value.type == "urn:bitgauge:problem:invalid-spec"


def test_a_token_is_asked_for(start, tmp_path, monkeypatch):
    process, address = start(tmp_path, "--token", "a-secret-of-enough-characters")
    monkeypatch.delenv("BITGAUGE_TOKEN", raising=False)
    with pytest.raises(bitgauge.Refused) as refused:
        bitgauge.Client(address).jobs()
    assert refused.value.status == 401
    assert bitgauge.Client(address, token="a-secret-of-enough-characters").jobs() == []
    monkeypatch.setenv("BITGAUGE_TOKEN", "a-secret-of-enough-characters")
    monkeypatch.setenv("BITGAUGE_SERVER", address)
    assert bitgauge.run(SPEC, progress=False).job.id == bitgauge.Client().job().id
    process.terminate()
    assert process.wait(timeout=30) == 0


# what is done with jobs


def test_cancel_retry_and_delete(idle):
    job = idle.submit(SPEC)
    assert (job.show()["state"], job.result().state) == ("queued", "queued")
    job.pause()
    assert job.show()["paused_at"]
    job.resume()
    assert job.show()["paused_at"] is None
    job.cancel()
    job.cancel()
    assert job.wait().state == "cancelled"
    assert job.retry().show()["state"] == "queued"
    with pytest.raises(bitgauge.Refused, match="409"):
        job.delete()
    job.delete(force=True)
    with pytest.raises(bitgauge.Refused, match="404"):
        job.show()
    with pytest.raises(bitgauge.Error, match="no jobs"):
        idle.job()


def test_a_run_that_is_cancelled_raises_with_what_it_measured(idle):
    seen = []

    def cancel(document):
        seen.append(document["state"])
        idle.job("latest").cancel()

    with pytest.raises(bitgauge.NotSucceeded, match="cancelled") as stopped:
        idle.run(SPEC, progress=cancel)
    assert len(stopped.value.result.table()) == 3
    assert seen[0] == "queued" and seen[-1] == "cancelled"


def test_jobs_are_derived_from_jobs(client, result):
    extended = result.job.extend(2).wait()
    assert set(extended.trials()["replicate"]) == {0, 1, 2, 3, 4}
    assert result.job.extend(seeds=4).show()["plan"]["trials"] == 12
    clone = result.job.clone(name="fewer", training={"steps": 5}).wait()
    assert clone.name == "fewer" and clone.job.show()["origin"] == {"id": result.id, "relation": "clone"}
    comparison = client.compare(result, clone, quantity="memorized_bits")
    assert comparison["paired"] and list(comparison["items"]["/dataset/samples"]) == [8, 16, 32]
    assert {"pointer": "/training/steps", "values": [40, 5]} in comparison["settings"]
    again = result.job.verify(sample=2)
    again.wait()
    assert (again.verification()["verdict"], again.verification()["trials"]) == ("equal", 2)
    assert len(result.job.verify([0]).wait().trials()) == 1


def test_jobs_are_changed_listed_and_found(client, result):
    assert result.job.change(notes="of a test", tags=["renamed"])["notes"] == "of a test"
    assert [job["id"] for job in client.jobs(tag="renamed")] == [result.id]
    assert len(client.jobs(limit=1)) == len(client.jobs()) > 1


def test_results_across_jobs(client, result):
    table = client.measurements(job=result.id, quantity="memorized_bits", sort="-mean")
    assert list(table["mean"]) == sorted(result.table()["memorized_bits"], reverse=True)
    both = client.measurements(job=[result.id], quantity=["memorized_bits", "train_error"], tuning=True, n=3)
    assert sorted(both["quantity"]) == 3 * ["memorized_bits"] + 3 * ["train_error"]
    assert list(client.capacities(job=result.id)["capacity_bits"]) == list(result.capacities["capacity_bits"])


def test_the_catalogue_and_versions(client):
    units = {quantity["name"]: quantity["unit"] for quantity in client.catalog()["quantities"]}
    assert units["memorized_bits"] == "bits"
    assert client.version() == requests.get(f"{client.server}/v1/version", timeout=30).json()


# the module


def test_the_module_needs_python_3_9_and_its_standard_library():
    source = pathlib.Path(bitgauge.__file__).read_text()
    tree = ast.parse(source, feature_version=(3, 9))
    names = {node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
             for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))}
    assert {name.split(".")[0] for name in names} - sys.stdlib_module_names == {"pandas", "IPython"}


def test_all_that_is_public_is_described():
    for name in bitgauge.__all__:
        thing = getattr(bitgauge, name)
        members = vars(thing).items() if isinstance(thing, type) else ()
        for member, value in [(name, thing), *members]:
            if not member.startswith("_") and (callable(value) or isinstance(value, property)):
                assert value.__doc__, f"{name}.{member} has no description"
