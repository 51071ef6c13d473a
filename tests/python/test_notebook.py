"""clients/python/quickstart.ipynb in a Jupyter kernel, cell by cell: what it displays."""

import os
import pathlib
import re
import xml.etree.ElementTree

import bitgauge
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = pathlib.Path(bitgauge.__file__).parent
STORED = nbformat.read(FOLDER / "quickstart.ipynb", as_version=4)


@pytest.fixture(scope="module")
def shown(binary, tmp_path_factory):
    """The outputs of each cell of code, by its first line."""
    notebook = nbformat.from_dict(STORED)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("BITGAUGE_")},
        "PATH": os.pathsep.join([str(pathlib.Path(binary).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(FOLDER),
    }
    folder = tmp_path_factory.mktemp("notebook")
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute(env=environment)
    return {cell.source.splitlines()[0]: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def test_the_notebook_is_valid_and_stored_without_outputs():
    nbformat.validate(STORED)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in STORED.cells if cell.cell_type == "code")


def test_no_cell_writes_to_standard_error(shown):
    assert [output.text for outputs in shown.values() for output in outputs if output.get("name") == "stderr"] == []


def test_progress_is_one_display_that_changes(shown):
    progress, result = shown["spec = {"]
    assert progress.output_type == "display_data"
    assert progress.data["text/plain"] == "what a small network memorizes: succeeded, 100% of 40 trials"
    assert result.data["text/html"].startswith("<pre>what a small network memorizes: 40 of 40 trials succeeded")


@pytest.mark.parametrize("cell", ["result.figure()", 'symmetry.figure(theme="dark")'])
def test_figures_are_displayed(shown, cell):
    (figure,) = shown[cell]
    assert xml.etree.ElementTree.fromstring(figure.data["image/svg+xml"]).tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize(
    ("cell", "rows"),
    [
        ("result.table(", 5),
        ("result.capacities", 1),
        ('dropout = result.job.clone(name="with dropout"', 5),
        ('symmetry = service.run(preset="symmetry-breaking")', 8),
    ],
)
def test_tables_are_displayed(shown, cell, rows):
    (outputs,) = (outputs for source, outputs in shown.items() if source.startswith(cell))
    table = outputs[-1].data["text/html"]
    assert len(re.findall("<tr", table)) == rows + 1 and "<table" in table


def test_faults_are_printed(shown):
    (printed,) = shown["try:"]
    assert "/dataset/inputs: " in printed.text and "/network/kind: unknown kind `mpl`" in printed.text
