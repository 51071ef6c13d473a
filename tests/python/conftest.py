"""A service of its own for the tests, started from the binary that was just built."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# the client, as a wheel would install it
sys.path.insert(0, str(ROOT / "clients" / "python"))


@pytest.fixture(scope="session")
def binary() -> str:
    return str((ROOT / os.environ.get("BITGAUGE_BINARY", "target/debug/bitgauge")).resolve())


@pytest.fixture(scope="session")
def start(binary):
    """Starts a service on a directory; gives the process and the address. None outlives the tests."""
    processes = []

    def start(directory, *arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BITGAUGE_")}
        process = subprocess.Popen(
            [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(directory), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
        )
        processes.append(process)
        line = process.stdout.readline()
        assert line.startswith("bitgauge serves "), f"no address: {line!r}"
        return process, line.removeprefix("bitgauge serves ").strip()

    yield start
    for process in processes:
        process.kill()


@pytest.fixture(scope="session")
def service(start, tmp_path_factory):
    """The address of a service that runs through all tests."""
    process, address = start(tmp_path_factory.mktemp("data"))
    yield address
    process.terminate()
    assert process.wait(timeout=30) == 0
