"""A server process and what is asked of it, with the standard library alone."""

import csv
import http.client
import json
import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

# 40 trials of a few hundredths of a second each
SMALL = {
    "dataset": {"kind": "random_labels", "inputs": 12},
    "network": {"kind": "mlp", "hidden": [16, 16], "activation": "tanh"},
    "regularizers": [{"kind": "dropout", "rate": 0.1}],
    "training": {"steps": 400, "batch_size": 64},
    "sweep": [{"path": "/dataset/samples", "values": [64, 128, 256, 400]}],
    "seeds": 10,
    "reuse": False,
}
# trials of a millisecond
TINY = {
    "dataset": {"kind": "random_labels", "inputs": 4, "samples": 8},
    "network": {"kind": "linear"},
    "training": {"steps": 20},
    "seeds": 1,
    "reuse": False,
}
# two trials that last longer than any of these tests
LONG = {
    "dataset": {"kind": "random_labels", "inputs": 20, "samples": 1000},
    "network": {"kind": "mlp", "hidden": [32, 32]},
    "training": {"steps": 100_000_000},
    "budget": {"trial_seconds": 600_000},
    "seeds": 2,
}


class Gone(Exception):
    """The server does not answer."""


class Server:
    """The server on a directory."""

    def __init__(self, binary, directory, *arguments, workers=2, before=(), wait_until_ready=True):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BITGAUGE_")}
        command = [*before, str(binary), "serve", "--listen", "127.0.0.1:0", "--workers", str(workers)]
        self.began = time.monotonic()
        self.log = open(os.devnull, "w")
        self.process = subprocess.Popen([*command, "--data-dir", str(directory), *arguments], stdout=subprocess.PIPE,
                                        stderr=self.log, env=environment, start_new_session=True, text=True)
        line = self.process.stdout.readline().strip()
        if not line.startswith("bitgauge serves http://"):
            self.process.wait()
            raise Gone(f"did not start: {line!r}")
        self.address = line.removeprefix("bitgauge serves http://")
        host, port = self.address.rsplit(":", 1)
        self.host, self.port = host, int(port)
        self.ready_after = None
        if wait_until_ready:
            while self.call("GET", "/readyz")[0] != 200:
                if time.monotonic() - self.began > 60:
                    raise Gone("not ready within a minute")
            self.ready_after = time.monotonic() - self.began

    def call(self, method, path, body=None, headers=None, timeout=60):
        """Status, text and headers of an answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            sent = None if body is None else json.dumps(body)
            given = {"content-type": "application/json"} if sent else {}
            connection.request(method, path, sent, given | (headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), dict(answer.getheaders())
        except (OSError, http.client.HTTPException) as error:
            raise Gone(str(error)) from error
        finally:
            connection.close()

    def json(self, path):
        status, text, _ = self.call("GET", path)
        assert status == 200, (path, status, text[:300])
        return json.loads(text)

    def submit(self, spec, key=None, query=""):
        status, text, _ = self.call("POST", f"/v1/jobs{query}", spec, {"idempotency-key": key} if key else None)
        assert status in (200, 202), (status, text[:300])
        return json.loads(text)["id"]

    def ended(self, job, within=300):
        """The job once it has ended."""
        deadline = time.monotonic() + within
        while True:
            row = self.json(f"/v1/jobs/{job}")
            if row["finished_at"]:
                return row
            if time.monotonic() > deadline:
                raise Gone(f"job {job} has not ended in {within} s: {row['trials']}")
            time.sleep(0.02)

    def evaluated(self, job, within=300):
        """The job once its results are stored."""
        deadline = time.monotonic() + within
        while True:
            row = self.ended(job)
            if row["headline"] is not None:
                return row
            if time.monotonic() > deadline:
                raise Gone(f"job {job} has no results in {within} s")
            time.sleep(0.02)

    def table(self, job, name="trials"):
        """A table without what tells jobs of one spec apart."""
        status, text, _ = self.call("GET", f"/v1/jobs/{job}/{name}.csv")
        assert status == 200, (status, text[:300])
        rows = list(csv.reader(text.replace(job, "JOB").splitlines()))
        # how long a trial took is another number each time
        kept = [number for number, column in enumerate(rows[0]) if column != "seconds"]
        return [[row[number] for number in kept] for row in rows]

    def id(self):
        """The process of the server, below whatever started it."""
        if self.process.args[0] != "strace":
            return self.process.pid
        return int(pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0])

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def is_alive(self):
        return self.process.poll() is None


def quantile(values, share):
    """The smallest value that so many of the values do not exceed."""
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def events_of(server, job):
    """Kinds of all events of a job that has ended."""
    text = server.call("GET", f"/v1/jobs/{job}/events")[1]
    return [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")]
