"""Files read by pandas from their addresses: each format holds the same table, of a job and across jobs."""

import json
import time

import pandas
import pytest
import requests

SPEC = {
    "name": "a file, with \"quotes\"",
    "dataset": {"kind": "random_labels", "inputs": 4, "samples": 8},
    "network": {"kind": "mlp", "hidden": [3]},
    "training": {"steps": 20},
    "sweep": [
        {"path": "/dataset/samples", "values": [4, 8, 16]},
        {"path": "/regularizers", "values": [[], [{"kind": "dropout", "rate": 0.5}]]},
    ],
    "seeds": 4,
}


@pytest.fixture(scope="module")
def job(service):
    """A finished job whose results are stored as rows."""
    answer = requests.post(f"{service}/v1/jobs", json=SPEC, headers={"Prefer": "wait=60"}, timeout=70).json()["job"]
    path = f"{service}/v1/measurements?job={answer['id']}&limit=1"
    deadline = time.monotonic() + 30
    while not requests.get(path, timeout=60).json()["items"]:
        assert time.monotonic() < deadline, "no rows of an ended job"
    return answer["id"]


@pytest.mark.parametrize("table", ["results", "trials", "capacities", "comparison", "measurements"])
def test_every_format_holds_the_same_table(service, job, table):
    path = f"{service}/v1/measurements" if table == "measurements" else f"{service}/v1/jobs/{job}/{table}"
    query = f"?job={job}" if table == "measurements" else ""
    # "null" is the name of a bound, and what does not exist is empty
    csv = pandas.read_csv(f"{path}.csv{query}", keep_default_na=False, na_values=[""])
    parquet = pandas.read_parquet(f"{path}.parquet{query}")
    ndjson = pandas.read_json(f"{path}.ndjson{query}", lines=True, precise_float=True)
    assert len(csv) > 0
    for other in (parquet, ndjson):
        assert list(other.columns) == list(csv.columns)
        for name in csv.columns:
            assert same(csv[name], other[name]), (table, name, csv[name], other[name])


def same(one, other):
    """Equal values: numbers as numbers, what is missing as missing, nested values as their text."""
    for left, right in zip(one, other, strict=True):
        if isinstance(right, (list, dict)):
            right = text(right)
        missing = [value is None or (isinstance(value, float) and value != value) for value in (left, right)]
        if any(missing):
            # an empty text is nothing in CSV
            if not (all(missing) or (missing[0] and right == "")):
                return False
        elif isinstance(left, str) or isinstance(right, str):
            if str(left).replace(" ", "") != str(right).replace(" ", ""):
                return False
        elif abs(left - right) > 1e-15 * abs(left):
            return False
    return True


def text(value):
    return json.dumps(value, separators=(",", ":"))
