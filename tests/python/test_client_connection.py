"""clients/python/bitgauge.py where connections are lost, services are restarted, and one's own service is started."""

import os
import pathlib
import pty
import signal
import socket
import subprocess
import sys
import threading
import time

import bitgauge
import pytest
from proxy import Proxy
from test_client import SPEC

CLIENT = str(pathlib.Path(bitgauge.__file__).parent)


def until(holds) -> None:
    """Waits until something holds, at most half a minute."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "it never held"
        time.sleep(0.01)


def test_a_lost_answer_makes_one_job(service):
    lost = []

    def cut(request, answer):
        # the service has stored the job; nobody hears of it, three times
        is_lost = request.startswith(b"POST /v1/jobs ") and len(lost) < 3
        lost.extend([answer] if is_lost else [])
        return is_lost

    proxy = Proxy(service, cut)
    job = bitgauge.Client(proxy.address).submit(SPEC, name="a lost answer")
    posts = [request for request in proxy.requests if request.startswith(b"POST /v1/jobs ")]
    assert len(posts) == 4 and len(set(posts)) == 1 and b"idempotency-key: " in posts[0].lower()
    assert all(answer.startswith(b"HTTP/1.1 20") for answer in lost)
    assert [found["id"] for found in bitgauge.Client(service).jobs(name="a lost answer")] == [job.id]
    proxy.close()


def test_a_lost_stream_goes_on_where_it_was(service):
    def cut(request, answer):
        # each stream ends within its second event, whose number was not seen
        return b"/events" in request and answer.count(b"\nid: ") + answer.startswith(b"id: ") > 4

    proxy = Proxy(service, cut)
    result = bitgauge.Client(proxy.address).run(SPEC, seeds=8, name="a lost stream", reuse=False)
    assert len(result.trials()) == 24
    streams = [request.lower() for request in proxy.requests if b"/events" in request]
    starts = [int(text.partition(b"last-event-id: ")[2].split(b"\r\n")[0] or 0) for text in streams]
    assert starts[0] == 0 and len(starts) > 1 and starts == sorted(starts) and starts[1] > 0
    proxy.close()


def test_a_wait_outlives_the_service(start, tmp_path):
    # without workers the job has not ended when the service is killed
    process, address = start(tmp_path, "--workers", "0")
    proxy = Proxy(address)
    job = bitgauge.Client(proxy.address).submit(SPEC)
    ended = []
    waiting = threading.Thread(target=lambda: ended.append(job.wait()))
    waiting.start()
    until(lambda: any(b"/events" in request for request in proxy.requests))
    process.kill()
    process.wait()
    process, proxy.upstream = start(tmp_path)
    waiting.join(60)
    assert [(result.state, len(result.trials())) for result in ended] == [("succeeded", 9)]
    process.terminate()
    assert process.wait(timeout=30) == 0
    proxy.close()


def test_where_nothing_listens_the_answer_comes_at_once():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = "http://127.0.0.1:%d" % listener.getsockname()[1]
    with pytest.raises(bitgauge.Unreachable, match=address):
        bitgauge.Client(address, patience=3600).jobs()
    for wrong in ("localhost:8080", "ftp://localhost"):
        with pytest.raises(bitgauge.Error, match="does not begin with http"):
            bitgauge.Client(wrong)


def test_what_may_not_be_repeated_is_not(service):
    proxy = Proxy(service, lambda request, answer: b"/retry" in request)
    client = bitgauge.Client(proxy.address)
    job = client.submit(SPEC)
    with pytest.raises(bitgauge.Unreachable):
        job.retry()
    assert sum(b"/retry" in request for request in proxy.requests) == 1
    proxy.close()


def test_a_terminal_shows_one_line(service):
    main, child = pty.openpty()
    code = f"import bitgauge; bitgauge.Client({service!r}).run({SPEC!r}, name='on a terminal', reuse=False)"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=child, env={**os.environ, "PYTHONPATH": CLIENT})
    os.close(child)
    shown = b""
    while True:
        try:
            data = os.read(main, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data
    assert process.wait() == 0
    lines = shown.decode().split("\r\x1b[K")
    assert lines[0] == "" and lines[-1] == "" and "\n" not in shown.decode()
    assert lines[-2] == "on a terminal: succeeded, 100% of 9 trials"


def test_a_service_of_ones_own(binary, tmp_path):
    with bitgauge.serve(binary=binary, workers=1) as service:
        result = service.run(SPEC)
        # a worker is listed a moment after the service answers
        until(lambda: [worker["slots"] for worker in service._json("GET", "/v1/workers")["items"]] == [1])
        assert len(result.table()) == 3 and service.data_dir.is_dir()
    assert not service.data_dir.exists() and service._process.returncode == 0
    with pytest.raises(bitgauge.Unreachable, match="was stopped"):
        result.table()

    kept = bitgauge.serve(tmp_path / "kept", binary=binary, token="a-secret-of-enough-characters")
    job = kept.submit(SPEC)
    with pytest.raises(bitgauge.Unreachable, match="in use|lock|open"):
        bitgauge.serve(tmp_path / "kept", binary=binary)
    kept._process.send_signal(signal.SIGKILL)
    kept._process.wait()
    with pytest.raises(bitgauge.Unreachable, match="the service ended with -9"):
        job.wait()
    with bitgauge.serve(tmp_path / "kept", binary=binary) as again:
        assert again.job(job.id).wait().state == "succeeded"


def test_a_service_ends_with_the_program(binary, tmp_path):
    code = f"import bitgauge; print(bitgauge.serve({str(tmp_path)!r}, binary={binary!r})._process.pid)"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                             env={**os.environ, "PYTHONPATH": CLIENT})
    with pytest.raises(ProcessLookupError):
        os.kill(int(process.stdout), 0)


def test_the_program_is_found_on_the_path(binary, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(pathlib.Path(binary).parent))
    assert bitgauge._binary() == binary
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(bitgauge.Error, match="install the wheel"):
        bitgauge.serve()
