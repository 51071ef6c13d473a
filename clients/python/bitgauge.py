"""Measures, in bits, how much a neural network memorizes: a client of the bitgauge service.

    import bitgauge

    with bitgauge.serve() as service:
        service.run("examples/quickstart.json").figure().save("capacity.svg")

A spec is a dict or the path of a JSON file. Tables are pandas DataFrames where pandas is installed, else lists of
dicts. Quantities are in the unit that ends their name or that `Client.catalog` states: bits, nats, samples, seconds.
An estimate is a mean over replicates (`NAME`), with a standard deviation (`NAME_sd`) and a 95 % interval
(`NAME_ci95_low`, `NAME_ci95_high`).

Needs Python 3.9 or later and nothing but its standard library.
"""

from __future__ import annotations

import contextlib
import html
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.parse
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = [
    "Client", "Service", "Job", "Result", "Figure", "run", "serve",
    "Error", "Unreachable", "Refused", "InvalidSpec", "NotSucceeded",
]

DEFAULT_SERVER = "http://127.0.0.1:8080"
ENDED = ("succeeded", "diverged", "failed", "cancelled")
ANSWER_SECONDS = 120.0  # after a longer silence a connection counts as lost
STREAM_SECONDS = 45.0  # the same for a stream of events, on which the service sends something every 15 seconds


class Error(Exception):
    """Base class of all exceptions of this module."""


class Unreachable(Error):
    """The service cannot be reached, or has ended."""


class Refused(Error):
    """The service refused a request: HTTP `status`, `type` of the problem, `detail` and a list of `errors`."""

    def __init__(self, problem: Mapping):
        self.status: int = problem["status"]
        self.type: str = problem.get("type", "about:blank")
        self.detail: str = problem.get("detail") or problem.get("title") or "refused"
        self.errors: list[dict] = problem.get("errors", [])
        faults = (f"\n  {fault['pointer'] or '(document)'}: {fault['detail']}" for fault in self.errors)
        super().__init__(f"{self.detail} ({self.status})" + "".join(faults))


class InvalidSpec(Refused):
    """A document has faults (422): `errors` has the JSON pointer and the detail of every one."""


class NotSucceeded(Error):
    """A job failed, diverged or was cancelled; `result` has what it measured before."""

    def __init__(self, result: Result):
        self.result = result
        note = result.document["note"]
        super().__init__(f"job {result.id} {result.state}" + (f": {note}" if note else ""))


class Client:
    """A client of the service at an address.

    `server` is the address, by default that in BITGAUGE_SERVER, else http://127.0.0.1:8080; `token` is the token that
    the service asks for, by default that in BITGAUGE_TOKEN. After a lost connection, requests that are safe to repeat
    are repeated for `patience` seconds. Submitting is safe: it makes one job however often it is repeated.
    """

    def __init__(self, server: str | None = None, token: str | None = None, patience: float = 60.0):
        self.server = (server or os.environ.get("BITGAUGE_SERVER") or DEFAULT_SERVER).rstrip("/")
        self.token = token if token is not None else os.environ.get("BITGAUGE_TOKEN")
        self.patience = patience
        self._was_reached = False
        self._address = urllib.parse.urlsplit(self.server)
        if self._address.scheme not in ("http", "https") or not self._address.netloc:
            raise Error(f"{self.server!r} does not begin with http:// or https://")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.server!r})"

    # jobs

    def run(self, spec=None, *, preset: str | None = None, full: bool = False, progress=None, **overrides) -> Result:
        """Submits a spec or a preset, waits for its end and returns what was measured.

        `overrides` change the spec as a merge patch (RFC 7396): `seeds=16, training={"steps": 1000}`; None removes a
        field. `full` asks for the full form of a preset. `progress` is a function of the job's document, or False for
        none; by default a terminal and a notebook show one line. An interrupt ends the waiting and not the job:
        `job("latest")` finds it. Raises NotSucceeded if the job fails, diverges or is cancelled.
        """
        result = self.submit(spec, preset=preset, full=full, **overrides).wait(progress)
        if result.state != "succeeded":
            raise NotSucceeded(result)
        return result

    def submit(self, spec=None, *, preset: str | None = None, full: bool = False, **overrides) -> Job:
        """Submits a spec or a preset, with the arguments of `run`, and does not wait."""
        return self._new_job("/v1/jobs", _document(spec, preset, full, overrides))

    def plan(self, spec=None, *, preset: str | None = None, full: bool = False, **overrides) -> dict:
        """Checks a spec or a preset and returns its cost: trials, `estimated_seconds` and more. Nothing is run."""
        body = _document(spec, preset, full, overrides)
        return self._json("POST", "/v1/jobs", {"dry_run": True}, body=body, repeat=True)

    def job(self, id: str = "latest") -> Job:
        """The job with this id; `latest` is the one that was submitted last."""
        if id == "latest":
            newest = self._json("GET", "/v1/jobs", {"limit": 1})["items"]
            if not newest:
                raise Error("the service has no jobs")
            id = newest[0]["id"]
        return Job(self, id)

    def jobs(self, **filters) -> list[dict]:
        """The documents of all jobs, newest first. Filters: `state`, `name` and `tag`; `sort` changes the order."""
        return [job for page in self._pages("/v1/jobs", filters) for job in page["items"]]

    def compare(self, *jobs: Job | Result | str, quantity: str | None = None) -> dict:
        """How jobs differ from the first one, cell by cell: `items` is a table, `notes` says how to read it."""
        ids = [job if isinstance(job, str) else job.id for job in jobs]
        pages = list(self._pages("/v1/compare", {"jobs": ids, "quantity": quantity}))
        rows = [{**item.pop("cell"), **item} for page in pages for item in page["items"]]
        return {**pages[0], "items": _table(rows), "next_cursor": None}

    # across jobs

    def measurements(self, **filters) -> Any:
        """Table of what all ended jobs measured. Filters, each with a value or a list: `quantity`, `source`, `network`,
        `regularizer`, `optimizer`, `tag`, `job`, `name` and `n` (at least so many replicates); `sort` orders."""
        return self._rows("/v1/measurements.ndjson", filters)

    def capacities(self, **filters) -> Any:
        """Table of the capacities that all ended jobs measured, in bits; filters as in `measurements`."""
        return self._rows("/v1/capacities.ndjson", filters)

    def presets(self) -> Any:
        """Table of the jobs that come with the service, with their questions and how long they take on one core."""
        return _table([
            {"preset": preset["id"], "title": preset["title"], "question": preset["question"],
             "trials": preset["quick"]["trials"], "estimated_seconds": preset["quick"]["estimated_seconds"]}
            for preset in self._json("GET", "/v1/presets")["presets"]
        ])

    def preset(self, id: str, full: bool = False) -> dict:
        """A preset with its spec and costs."""
        return self._json("GET", f"/v1/presets/{_quoted(id)}", {"extent": "full" if full else "quick"})

    def catalog(self) -> dict:
        """Every kind that a spec may name (`families`), and every quantity with its unit (`quantities`)."""
        return self._json("GET", "/v1/catalog")

    def version(self) -> dict:
        """Versions of the service and of its arithmetic."""
        return self._json("GET", "/v1/version")

    # requests

    def _new_job(self, path: str, body: Any) -> Job:
        view = self._json("POST", path, body=body, headers={"idempotency-key": str(uuid.uuid4())}, repeat=True)
        return Job(self, view["id"])

    def _json(self, method: str, path: str, query: Mapping | None = None, **how) -> Any:
        return json.loads(self._bytes(method, path, query, **how) or b"null")

    def _rows(self, path: str, query: Mapping | None = None) -> Any:
        return _table([json.loads(line) for line in self._bytes("GET", path, query).splitlines()])

    def _pages(self, path: str, query: Mapping) -> Iterator[dict]:
        cursor = None
        while True:
            page = self._json("GET", path, {**query, "cursor": cursor})
            yield page
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _bytes(self, method: str, path: str, query: Mapping | None = None, *,
               body: Any = None, headers: Mapping | None = None, repeat: bool = False) -> bytes:
        """The body of an answer; asks again after a lost connection if that is safe."""
        query = {name: _parameter(value) for name, value in (query or {}).items() if value is not None}
        if query:
            path += "?" + urllib.parse.urlencode(query)
        headers = dict(headers or {})
        if body is not None:
            body = json.dumps(body, default=_plain, allow_nan=False).encode()
            headers["content-type"] = "application/json"
        until = time.monotonic() + self.patience
        pause = 0.1
        while True:
            try:
                with self._open(method, path, body, headers) as response:
                    return response.read()
            except (OSError, http.client.HTTPException) as error:
                was_never_there = isinstance(error, ConnectionRefusedError) and not self._was_reached
                is_repeatable = method == "GET" or repeat
                if was_never_there or not is_repeatable or time.monotonic() + pause > until:
                    raise Unreachable(f"{self.server}: {error or type(error).__name__}") from error
            time.sleep(pause)
            pause = min(2 * pause, 5.0)

    @contextlib.contextmanager
    def _open(self, method: str, path: str, body: bytes | None, headers: Mapping, timeout: float = ANSWER_SECONDS):
        """Sends one request and yields the response; raises Refused where the status is an error."""
        secure = self._address.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(self._address.netloc, timeout=timeout)
        if self.token is not None:
            headers = {**headers, "authorization": f"Bearer {self.token}"}
        try:
            connection.request(method, self._address.path + path, body, headers)
            response = connection.getresponse()
            self._was_reached = True
            if response.status >= 300:
                raise _refusal(response)
            yield response
        finally:
            connection.close()

    def _events(self, path: str, after: str | None) -> Iterator[tuple[str | None, str, Any]]:
        """Server-sent events after a number, until the stream closes: number (if it has one), name and data."""
        headers = {"accept": "text/event-stream"}
        if after is not None:
            headers["last-event-id"] = after
        with self._open("GET", path, None, headers, STREAM_SECONDS) as response:
            fields: dict[str, str] = {}
            for line in response:
                field, _, value = line.decode().rstrip("\r\n").partition(":")
                if field:
                    fields[field] = value.strip()
                elif "data" in fields:
                    yield fields.get("id"), fields.get("event", "message"), json.loads(fields["data"])
                    fields = {}


class Service(Client):
    """A service that this program started, and its client. It runs until `stop`, the end of its `with` block or the end
    of the program."""

    def __init__(self, data_dir=None, workers: int | None = None, token: str | None = None, binary=None):
        token = token if token is not None else os.environ.get("BITGAUGE_TOKEN")
        binary = os.fspath(binary or _binary())
        temporary = tempfile.TemporaryDirectory(prefix="bitgauge-") if data_dir is None else None
        directory = temporary.name if temporary else os.fspath(data_dir)
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", directory]
        if workers is not None:
            command += ["--workers", str(workers)]
        environment = {**os.environ, "BITGAUGE_TOKEN": token} if token is not None else None
        self._log = tempfile.TemporaryFile()
        # in a session of its own, so that Ctrl-C interrupts this program and not the service
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log, text=True,
            env=environment, start_new_session=True,
        )
        self._end = weakref.finalize(self, _end, self._process, self._log, temporary)
        self.data_dir = pathlib.Path(directory)
        line = self._process.stdout.readline()
        if not line.startswith("bitgauge serves "):
            self._process.wait()
            self._raise_ended()
        super().__init__(line[len("bitgauge serves "):].strip(), token)

    def stop(self) -> None:
        """Stops the service in order. A job that has not ended continues with the next service on this directory."""
        self._end()

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    @contextlib.contextmanager
    def _open(self, *arguments, **keywords):
        if not self._end.alive:
            raise Unreachable("the service was stopped")
        if self._process.poll() is not None:
            self._raise_ended()
        with super()._open(*arguments, **keywords) as response:
            yield response

    def _raise_ended(self):
        self._log.seek(0)
        words = self._log.read().decode(errors="replace").strip().splitlines()[-5:]
        raise Unreachable("\n  ".join([f"the service ended with {self._process.returncode}", *words]))


def serve(data_dir=None, workers: int | None = None, token: str | None = None, binary=None) -> Service:
    """Starts a service on a free port of this machine, and returns its client, which is a context manager.

    `data_dir` is where it keeps its database; without one everything is deleted at the end. `workers` is the number of
    trials that run in parallel, the machine's cores by default. `binary` is the program, by default the one that was
    installed with this module, else the one on the PATH. Only a program that is killed (SIGKILL) leaves it running.
    """
    return Service(data_dir, workers, token, binary)


def run(spec=None, **arguments) -> Result:
    """`Client().run`: submits to the service in BITGAUGE_SERVER, else on this machine, and waits for the end."""
    return Client().run(spec, **arguments)


class Job:
    """A job of a service."""

    def __init__(self, client: Client, id: str):
        self._client = client
        self.id = id
        self._path = f"/v1/jobs/{_quoted(id)}"

    def __repr__(self) -> str:
        return f"Job({self.id!r})"

    def show(self) -> dict:
        """The document of the job: state, progress, spec, plan and more."""
        return self._client._json("GET", self._path)

    def result(self) -> Result:
        """What was measured so far."""
        return Result(self, self.show())

    def wait(self, progress: Callable[[dict], None] | bool | None = None) -> Result:
        """Waits for the end of the job and returns what was measured, whatever its state; `progress` as in `run`."""
        after = None
        with _shown(progress) as show:
            while True:
                document = self.show()
                show(document)
                if document["state"] in ENDED:
                    return Result(self, document)
                is_stream = False
                try:
                    for number, name, data in self._client._events(f"{self._path}/events", after):
                        is_stream = True
                        after = number or after
                        if name == "progress":
                            document = {**document, "state": "running", "progress": data}
                            show(document)
                except (OSError, http.client.HTTPException):
                    pass  # the connection was lost; the job itself says whether there still is a service
                except Refused as refusal:
                    if refusal.status != 503:  # too many streams are open: the job itself is asked instead
                        raise
                if not is_stream:
                    time.sleep(1.0)

    def cancel(self) -> None:
        """Cancels the job; what ended before stays."""
        self._client._json("POST", f"{self._path}/cancel", repeat=True)

    def pause(self) -> None:
        """Pauses the job: running trials are saved, and none starts until `resume`."""
        self._client._json("POST", f"{self._path}/pause", repeat=True)

    def resume(self) -> None:
        """Lets a paused job go on where it was."""
        self._client._json("POST", f"{self._path}/resume", repeat=True)

    def retry(self) -> Job:
        """Runs again what failed or was cancelled, in the same job."""
        self._client._json("POST", f"{self._path}/retry")
        return self

    def clone(self, **overrides) -> Job:
        """A new job with a changed spec; `overrides` as in `run`."""
        return self._client._new_job(f"{self._path}/clone", overrides)

    def extend(self, more: int | None = None, *, seeds: int | None = None) -> Job:
        """A new job with `more` replicates of each cell, or with `seeds` in all; takes over the trials that ended."""
        return self._client._new_job(f"{self._path}/extend", {"more": more, "seeds": seeds})

    def verify(self, trials: list[int] | None = None, *, sample: int | None = None) -> Job:
        """A new job that runs trials again: those with these numbers, a `sample` of so many, or all."""
        return self._client._new_job(f"{self._path}/verify", {"trials": trials, "sample": sample})

    def verification(self) -> dict:
        """Of a job made by `verify`: whether the trials gave the same digests as before (`verdict`)."""
        return self._client._json("GET", f"{self._path}/verification")

    def change(self, **fields) -> dict:
        """Changes `name`, `tags` or `notes`; None clears."""
        return self._client._json("PATCH", self._path, body=fields, repeat=True)

    def delete(self, force: bool = False) -> None:
        """Deletes the job with its trials and results; with `force` also one that has not ended."""
        self._client._json("DELETE", self._path, {"force": force})


class Result:
    """What a job measured. `print` shows the text that `bitgauge run` prints; a notebook shows it too."""

    def __init__(self, job: Job, document: dict):
        self.job = job
        self.document = document
        self.id: str = document["id"]
        self.name: str = document["name"]
        self.state: str = document["state"]

    def __repr__(self) -> str:
        return f"<Result of {self.name!r}: {self.state}, job {self.id}>"

    def __str__(self) -> str:
        return self._bytes("figure.txt").decode()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def table(self, name: str = "results", columns: list[str] | None = None) -> Any:
        """A table: `results` (a row for each cell), `trials`, `capacities`, `comparison`, `verdicts` or
        `regularization`; some of its `columns`, or all. Sweep axes are columns, named by their paths."""
        return self.job._client._rows(f"{self.job._path}/{_quoted(name)}.ndjson", {"columns": columns})

    def trials(self) -> Any:
        """A row for each trial: one replicate of one cell, with its digest."""
        return self.table("trials")

    @property
    def capacities(self) -> Any:
        """A row for each setting of the axes beside samples: the capacity in bits, with its interval."""
        return self.table("capacities")

    @property
    def verdicts(self) -> Any:
        """A row for each claim in each cell: `yes`, `no` or `open`, with effect, interval and p-value."""
        return self.table("verdicts")

    @property
    def analysis(self) -> dict:
        """All analyses with their curves and notes, as the service answers."""
        return self.job._client._json("GET", f"{self.job._path}/analysis")

    @property
    def figures(self) -> list[str]:
        """The kinds of figures that can be drawn of the job, that which is drawn unasked first."""
        items = self.job._client._json("GET", f"{self.job._path}/figures")["items"]
        return [item["kind"] for item in items]

    def figure(self, kind: str | None = None, *, x: str | None = None, y: str | None = None,
               theme: str | None = None, width: int | None = None,
               x_scale: str | None = None, y_scale: str | None = None) -> Figure:
        """A figure, which a notebook shows. `kind` is `capacity`, `measurement`, `compare` and others, by default what
        suits the job; `y` is a quantity, `x` a sweep axis; `theme` is `light` or `dark`; `width` is in pixels; scales
        are `log` or `linear`."""
        return Figure(self, {"kind": kind, "x": x, "y": y, "theme": theme, "width": width,
                             "x_scale": x_scale, "y_scale": y_scale})

    def report(self, path) -> pathlib.Path:
        """Writes everything about the job as one HTML file, which loads nothing."""
        return self.export("report.html", path)

    def export(self, name: str, path=None) -> pathlib.Path:
        """Writes a file of the job, such as `results.csv` or `trials.parquet`; by default in the working directory.
        Tables come as csv, ndjson, parquet, md, tex and txt."""
        path = pathlib.Path(path or name)
        path.write_bytes(self._bytes(name))
        return path

    def _bytes(self, name: str, query: Mapping | None = None) -> bytes:
        return self.job._client._bytes("GET", f"{self.job._path}/{_quoted(name)}", query)


class Figure:
    """A figure; `svg` is its text."""

    def __init__(self, result: Result, query: dict):
        self._result = result
        self._query = query
        self.svg = result._bytes("figure.svg", query).decode()

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path) -> pathlib.Path:
        """Writes the figure as SVG, PNG or PDF; the suffix of the path says which."""
        path = pathlib.Path(path)
        if path.suffix not in (".svg", ".png", ".pdf"):
            raise ValueError(f"{path}: a figure is saved as .svg, .png or .pdf")
        path.write_bytes(self._result._bytes(f"figure{path.suffix}", self._query))
        return path


def _document(spec, preset: str | None, full: bool, overrides: dict) -> Any:
    """The body of a submission."""
    if (spec is None) == (preset is None):
        raise TypeError("give either a spec or a preset")
    if preset is not None:
        return {"preset": preset, "form": "full" if full else "quick", "overrides": overrides}
    if full:
        raise TypeError("only a preset has a full form")
    if not isinstance(spec, Mapping):
        spec = json.loads(pathlib.Path(spec).read_text(encoding="utf-8"))
    return _merged(spec, overrides)


def _merged(target: Any, patch: Any) -> Any:
    """A merge patch, applied (RFC 7396)."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _plain(value: Any) -> Any:
    """Numbers and arrays of numpy as JSON has them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} cannot stand in a spec")


def _parameter(value: Any) -> str:
    """A value as queries have it: `true`, and commas between the values of a list."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def _table(rows: list[dict]) -> Any:
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows)


def _refusal(response: http.client.HTTPResponse) -> Refused:
    problem = {"status": response.status, "detail": response.reason}  # where a proxy refuses
    if response.headers.get_content_type() == "application/problem+json":
        problem = json.loads(response.read())
    return (InvalidSpec if response.status == 422 else Refused)(problem)


@contextlib.contextmanager
def _shown(progress) -> Iterator[Callable[[dict], None]]:
    """How progress is shown: by the caller's function, as a line that changes, or not at all."""
    notebook = sys.modules.get("IPython") and getattr(sys.modules["IPython"].get_ipython(), "kernel", None)
    if callable(progress):
        yield progress
    elif progress is False or not (notebook or sys.stderr.isatty()):
        yield lambda document: None
    elif notebook:
        from IPython.display import display

        handle = display({"text/plain": "submitted"}, raw=True, display_id=True)
        yield lambda document: handle.update({"text/plain": _line(document)}, raw=True)
    else:
        try:
            yield lambda document: print(f"\r\x1b[K{_line(document)}", end="", file=sys.stderr, flush=True)
        finally:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _line(document: dict) -> str:
    """How far a job is, in one line."""
    trials, progress = document["trials"], document["progress"]
    line = f"{document['name'][:40]}: {document['state']}, {progress['fraction']:.0%} of {trials['total']} trials"
    left = progress["eta_seconds"]
    return line if left is None or document["state"] in ENDED else f"{line}, {left:.0f} s left"


def _binary() -> str:
    """The program: beside the scripts of this Python, else on the PATH."""
    schemes = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user")]
    found = shutil.which("bitgauge", path=os.pathsep.join(schemes)) or shutil.which("bitgauge")
    if found is None:
        raise Error("there is no program bitgauge: install the wheel, or put the program on the PATH")
    return found


def _end(process: subprocess.Popen, log, temporary: tempfile.TemporaryDirectory | None) -> None:
    """Ends a service in order, in at most 30 seconds."""
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
    log.close()
    if temporary is not None:
        temporary.cleanup()
