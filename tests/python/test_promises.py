"""Promises under faults, as often as the gate has time for; `just promises nightly` goes on for hours."""

import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "bench/promises"))

import rows

# training beside posting clients is measured on an idle machine alone
MEASURED = [row for row in rows.ROWS if row.name != "posts"]


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: row.name)
def test_a_promise_is_kept(row, binary):
    if row.needs_strace and not shutil.which("strace"):
        pytest.skip("there is no strace")
    found = row.test(binary, row.gate, 20)
    assert found["held"], found
