"""Workers on other machines: real NATS servers, old and new, with the accounts and files of `deploy`."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

import kubernetes_validate
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/promises"))

import nats as over
from service import SMALL, TINY, Server


@contextlib.contextmanager
def fleet(binary, tmp_path, program=None, config=None, service_url=None, worker_url=None, workers=2, arguments=()):
    """NATS, a service without workers of its own, and workers elsewhere."""
    nats = over.Nats(program, config)
    address = lambda user: f"nats://{user}@127.0.0.1:{nats.port}" if user else nats.url
    server, there = None, []
    try:
        server = Server(binary, tmp_path / "data", "--nats", (service_url or address)(service_user(config)), *arguments, workers=0)
        there = [over.Worker(binary, (worker_url or address)(worker_user(config)), *arguments) for _ in range(workers)]
        yield nats, server, there
    finally:
        for worker in there:
            worker.kill()
        if server:
            server.kill()
        nats.close()


def service_user(config):
    return "service:s3rvice" if config else ""


def worker_user(config):
    return "worker:w0rker" if config else ""


def until(what, within=30):
    deadline = time.monotonic() + within
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.05)


def alone(binary, tmp_path, spec):
    server = Server(binary, tmp_path / "alone", workers=2)
    job = server.submit(spec)
    server.ended(job)
    table = server.table(job)
    server.stop()
    return table


@pytest.mark.parametrize("program", over.programs())
def test_results_are_those_of_one_machine_and_say_who_ran_them(program, binary, tmp_path):
    expected = alone(binary, tmp_path, SMALL)
    with fleet(binary, tmp_path, program) as (_, server, workers):
        until(lambda: len(server.json("/v1/workers")["items"]) == 2)
        seen = server.json("/v1/workers")
        assert seen["nats"]["connected"] and seen["nats"]["server_version"]
        for worker in seen["items"]:
            assert worker["place"] == "remote" and worker["slots"] == 1 and worker["host"] and worker["refused"] is None
        job = server.submit(SMALL)
        server.ended(job)
        assert server.table(job) == expected
        names = {worker["name"] for worker in seen["items"]}
        events = server.call("GET", f"/v1/jobs/{job}/events")[1]
        told = [json.loads(line[6:]) for line in events.splitlines() if line.startswith("data: ")]
        assert {event["worker"] for event in told if event.get("worker")} <= names
        metrics = server.call("GET", "/metrics")[1]
        assert 'bitgauge_worker_slots{place="remote"} 2' in metrics and "bitgauge_nats_connected 1" in metrics
        assert "bitgauge_nats_results_total 40" in metrics
        # a worker that stops says so, and gives back what it runs
        assert workers[0].stop() == 0
        until(lambda: len(server.json("/v1/workers")["items"]) == 1)


def test_who_computes_otherwise_is_refused_and_shown(binary, tmp_path):
    with fleet(binary, tmp_path, workers=0) as (nats, server, _):
        hand = over.Hand(nats)
        sign = {
            "worker": "old", "host": "h", "version": "0.0.1", "language": 1, "numeric_profile": "another", "instruction_set": "x",
            "slots": 64, "memory": 1, "running": [], "ended_last_hour": 0, "observed_seconds": 0.0, "fault": None, "leaves": False,
        }
        until(lambda: server.json("/v1/workers")["nats"]["connected"])
        answer = until(lambda: hand.ask("bitgauge.ask.sign", sign))
        assert "computes with another" in answer["yes"]["refused"]
        (worker,) = server.json("/v1/workers")["items"]
        assert "computes with another" in worker["refused"]
        stranger = hand.ask("bitgauge.ask.sign", sign | {"worker": "new", "language": 99})
        assert "language" in stranger["yes"]["refused"]
        # questions that make no sense get words
        for garbled in ([], {"worker": 1}, "x"):
            assert "no" in hand.ask("bitgauge.ask.renew", garbled)
        assert server.json("/v1/workers")["nats"]["garbled_total"] >= 3
        assert server.call("GET", "/readyz")[0] == 200


def test_a_result_of_a_job_that_is_gone_is_dropped(binary, tmp_path):
    with fleet(binary, tmp_path, workers=1) as (nats, server, _):
        job = server.submit(TINY | {"seeds": 3})
        server.ended(job)
        assert server.call("DELETE", f"/v1/jobs/{job}")[0] == 204
        hand = over.Hand(nats)
        lease = {"job": job, "number": 0, "epoch": 1}
        late = {"worker": "late", "lease": lease, "completion": {"failed": {"detail": "too late"}}}
        hand.publish(f"bitgauge.result.{job}.0", json.dumps(late).encode())
        other = {"worker": "late", "lease": lease, "completion": {"reported": {"state": "succeeded", "report": "{}", "digest": None, "seconds": 1.0}}}
        hand.publish(f"bitgauge.result.{job}.0", json.dumps(other).encode())
        left = lambda: hand.ask("$JS.API.STREAM.INFO.BITGAUGE_RESULTS", {})["state"]["messages"]
        until(lambda: left() == 0)
        assert server.call("GET", f"/v1/jobs/{job}")[0] == 404
        # and others go on
        server.ended(server.submit(TINY | {"seeds": 3, "seed": 5}))


def test_another_result_raises_the_alarm_and_shows_the_worker(binary, tmp_path):
    with fleet(binary, tmp_path, workers=1) as (nats, server, _):
        job = server.submit(TINY | {"seeds": 2})
        server.ended(job)
        (worker,) = server.json("/v1/workers")["items"]
        hand = over.Hand(nats)
        # the report of the other trial in the place of this one's
        with contextlib.closing(sqlite3.connect(f"file:{tmp_path}/data/bitgauge.sqlite?mode=ro", uri=True)) as database:
            report, digest = database.execute("select report, digest from trials where job = ? and number = 1", [job]).fetchone()
        wrong = {"reported": {"state": "succeeded", "report": report, "digest": digest, "seconds": 1.0}}
        message = {"worker": worker["name"], "lease": {"job": job, "number": 0, "epoch": 1}, "completion": wrong}
        hand.publish(f"bitgauge.result.{job}.0", json.dumps(message).encode())
        until(lambda: server.json("/v1/workers")["items"][0]["alarms"] == 1)
        assert "bitgauge_digest_alarms_total 1" in server.call("GET", "/metrics")[1]


def accounts(tmp_path):
    """The file of `deploy`, with passwords of this test."""
    text = (ROOT / "deploy/nats.conf").read_text()
    text = text.replace("$NATS_SERVICE_PASSWORD", "s3rvice").replace("$NATS_WORKER_PASSWORD", "w0rker")
    # port and directory are the test's
    kept = [line for line in text.splitlines() if not line.startswith("port:") and "store_dir" not in line]
    config = tmp_path / "nats.conf"
    config.write_text("\n".join(kept))
    return config


@pytest.mark.parametrize("program", over.programs())
def test_the_accounts_of_deploy_are_enough_and_no_more(program, binary, tmp_path):
    config = accounts(tmp_path)
    with fleet(binary, tmp_path, program, config) as (nats, server, _):
        job = server.submit(SMALL | {"seeds": 3})
        assert server.ended(job)["state"] == "succeeded"
        assert allowed_to_workers(nats.port) == []


def allowed_to_workers(port):
    """What a worker's account may do and should not."""
    allowed = []
    forbidden = [
        ("sub", "bitgauge.result.>"), ("sub", "bitgauge.trial.>"), ("sub", "bitgauge.ask.>"), ("sub", "_INBOX_SERVICE.>"), ("sub", ">"),
        ("pub", "bitgauge.notice"), ("pub", "bitgauge.trial.p.x.1"), ("pub", "$JS.API.STREAM.DELETE.BITGAUGE_TRIALS"),
        ("pub", "$JS.API.STREAM.PURGE.BITGAUGE_RESULTS"), ("pub", "$JS.API.STREAM.CREATE.X"), ("pub", "$JS.API.CONSUMER.MSG.NEXT.BITGAUGE_RESULTS.service"),
        ("pub", "$JS.API.STREAM.MSG.GET.BITGAUGE_RESULTS"), ("pub", "$JS.ACK.BITGAUGE_RESULTS.service.1.1.1.1.0"),
    ]
    for kind, subject in forbidden:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            lines = connection.makefile("rb")
            lines.readline()
            words = f"SUB {subject} 1" if kind == "sub" else f"PUB {subject} 0\r\n"
            connect = '{"verbose":false,"user":"worker","pass":"w0rker"}'
            connection.sendall(f"CONNECT {connect}\r\n{words}\r\nPING\r\n".encode())
            said = []
            while not said or said[-1] != "PONG":
                said.append(lines.readline().decode().strip())
            if not any("Permissions Violation" in line for line in said):
                allowed.append((kind, subject))
    return allowed


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl")
def test_tls_with_an_authority_of_our_own(binary, tmp_path):
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=tmp_path)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca-key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/CN=authority")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost")
    (tmp_path / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-out", "cert.pem", "-days", "2", "-extfile", "names")
    config = tmp_path / "tls.conf"
    config.write_text(f'authorization {{ token: "a-token-of-the-test" }}\ntls {{ cert_file: "{tmp_path}/cert.pem", key_file: "{tmp_path}/key.pem" }}\n')
    (tmp_path / "token").write_text("a-token-of-the-test\n")
    nats = over.Nats(config=config)
    try:
        url = f"tls://localhost:{nats.port}"
        access = ["--nats-ca", str(tmp_path / "ca.pem"), "--nats-token-file", str(tmp_path / "token")]
        server = Server(binary, tmp_path / "data", "--nats", url, *access, workers=0)
        worker = over.Worker(binary, url, *access)
        try:
            job = server.submit(TINY | {"seeds": 5})
            assert server.ended(job)["state"] == "succeeded"
            # who does not trust the authority, or has no token, gets nothing
            until(lambda: len(server.json("/v1/workers")["items"]) == 1)
            strangers = [over.Worker(binary, url, *access[2:]), over.Worker(binary, url, *access[:2])]
            time.sleep(2)
            assert len(server.json("/v1/workers")["items"]) == 1
            for stranger in strangers:
                stranger.kill()
        finally:
            worker.kill()
            server.kill()
    finally:
        nats.close()


def test_wrong_options_end_with_words(binary, tmp_path):
    def said(*arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BITGAUGE_")}
        done = subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=30, env=environment)
        assert done.returncode != 0
        return done.stderr

    assert "must begin with nats:// or tls://" in said("worker", "--nats", "http://localhost")
    assert "No such file" in said("worker", "--nats", "nats://localhost", "--nats-token-file", "/nowhere")
    assert "must begin with" in said("serve", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path / "d"), "--nats", "ftp://x")
    assert "cannot be used with" in said("serve", "--read-only", "--nats", "nats://localhost")


def test_a_checkpoint_crosses(binary, tmp_path):
    """A training of some seconds whose worker is stopped after a checkpoint: another one goes on where it was."""
    spec = {
        "dataset": {"kind": "random_labels", "inputs": 20, "samples": 1000}, "network": {"kind": "mlp", "hidden": [300, 300]},
        "training": {"steps": 2500, "batch_size": 100}, "seeds": 1, "reuse": False,
    }
    expected = alone(binary, tmp_path, spec)
    with fleet(binary, tmp_path, workers=1, arguments=("--checkpoint-seconds", "1")) as (nats, server, workers):
        job = server.submit(spec)
        kept = lambda: list((tmp_path / "data/checkpoints").glob("*"))
        until(kept)
        # progress of trials elsewhere is seen in the job too
        assert server.json(f"/v1/jobs/{job}")["running"] or server.json(f"/v1/jobs/{job}")["finished_at"]
        assert workers[0].stop() == 0
        files = kept()
        assert files and files[0].stat().st_size > 1_000_000, "more than one message holds"
        workers[0] = over.Worker(binary, nats.url)
        server.ended(job)
        assert server.table(job) == expected


def test_files_of_deploy_are_valid():
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
    assert set(compose["services"]) == {"nats", "bitgauge", "worker"}
    for name, service in compose["services"].items():
        assert service.get("image") and set(service) <= {
            "image", "build", "command", "environment", "volumes", "ports", "read_only", "tmpfs", "cap_drop", "security_opt", "restart",
            "depends_on", "deploy", "healthcheck", "stop_grace_period",
        }, name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (ROOT / "deploy" / source).exists(), volume
    for manifest in (ROOT / "deploy/kubernetes").glob("*.yaml"):
        for document in yaml.safe_load_all(manifest.read_text()):
            kubernetes_validate.validate(document, "1.31", strict=True)
    scripts = sorted((ROOT / "deploy").glob("*.sh"))
    assert len(scripts) == 2
    done = subprocess.run([pathlib.Path(sys.executable).parent / "shellcheck", *scripts], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_scripts_of_clusters_start_a_worker(binary, tmp_path):
    """`sbatch` runs the script as a shell does; `hq` is a stand-in that runs what it is told to."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "bitgauge").symlink_to(binary)
    stand_in = programs / "hq"
    stand_in.write_text('#!/bin/bash\nwhile [ "$1" != -- ]; do [ "$1" = --env ] && export "$2"; shift; done\nshift\nexec "$@"\n')
    stand_in.chmod(0o755)
    with fleet(binary, tmp_path, workers=0) as (nats, server, _):
        environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "BITGAUGE_NATS": nats.url, "SLURM_CPUS_PER_TASK": "1", "SLURM_JOB_ID": "77"}
        started = [
            subprocess.Popen(["bash", ROOT / "deploy/slurm.sh"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL),
            subprocess.Popen(["bash", ROOT / "deploy/hyperqueue.sh", "1", "1"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL),
        ]
        until(lambda: len(server.json("/v1/workers")["items"]) == 2)
        names = [worker["name"] for worker in server.json("/v1/workers")["items"]]
        assert any(name.startswith("77-0-") for name in names), names
        for process in started:
            process.terminate()
            assert process.wait(30) == 0
