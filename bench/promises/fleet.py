"""Workers on other machines: whatever happens to them, to NATS or to the service, each trial ends once with its one result."""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time

import nats as over
from kills import judged, undisturbed
from service import SMALL, Gone

# 120 trials of a few hundredths of a second each
JOB = SMALL | {"seeds": 30}


class Lab:
    """A service without workers of its own, NATS, and workers elsewhere."""

    def __init__(self, binary, workers=2, url=None):
        self.binary, self.nats = binary, over.Nats()
        self.url = url or self.nats.url
        self.directory = tempfile.mkdtemp()
        self.server = over.service(binary, self.directory, self.nats)
        self.workers = [self.worker() for _ in range(workers)]
        self.jobs = []

    def worker(self):
        return over.Worker(self.binary, self.url, "--lease-seconds", "3", "--checkpoint-seconds", "1")

    def restart_service(self):
        self.server.kill()
        self.server = over.service(self.binary, self.directory, self.nats)

    def restart_worker(self, which):
        self.workers[which].kill()
        self.workers[which] = self.worker()

    def restart_nats(self, pause, wiped=False):
        self.nats.kill()
        if wiped:
            self.nats.wipe()
        time.sleep(pause)
        self.nats.start()

    def has_work(self):
        """Whether a job goes on; a new one where none does."""
        if self.jobs and not self.server.json(f"/v1/jobs/{self.jobs[-1]}")["finished_at"]:
            return
        self.jobs.append(self.server.submit(JOB, key=str(len(self.jobs))))

    def verdict(self, expected):
        lost, twice, different = judged(self.server, self.jobs, expected)
        metrics = self.server.call("GET", "/metrics")[1].splitlines()
        alarmed = any(line.startswith("bitgauge_digest_alarms_total") and not line.endswith(" 0") for line in metrics)
        return lost, twice, different, int(alarmed)

    def close(self):
        for worker in self.workers:
            worker.kill()
        try:
            self.server.kill()
        finally:
            self.nats.close()
            shutil.rmtree(self.directory, ignore_errors=True)


def row(counts, lab, expected, extra=""):
    lost, twice, different, alarms = lab.verdict(expected)
    jobs = len(lab.jobs)
    return {
        "counts": f"{counts}, {jobs} job{'s' if jobs != 1 else ''} of {JOB['seeds'] * 4} trials",
        "measured": f"{lost} lost, {twice} twice, {different} different, {alarms} alarms{extra}",
        "held": lost == twice == different == alarms == 0,
    }


def killed(binary, kills, seed):
    """kill -9 of a worker, of NATS and of the service, in turn, so many of each."""
    expected, draw = undisturbed(binary, JOB), random.Random(seed)
    lab = Lab(binary)
    try:
        for number in range(3 * kills):
            lab.has_work()
            time.sleep(draw.uniform(0, 0.7))
            if number % 3 == 0:
                lab.restart_worker(draw.randrange(len(lab.workers)))
            elif number % 3 == 1:
                lab.restart_nats(draw.uniform(0, 0.3))
            else:
                lab.restart_service()
        return row(f"{kills} kills each of a worker, of NATS and of the service", lab, expected)
    finally:
        lab.close()


def stopped(binary, stops, seed):
    """SIGSTOP of workers for longer than their leases, then SIGCONT."""
    expected, draw = undisturbed(binary, JOB), random.Random(seed)
    lab = Lab(binary, workers=6)
    try:
        count = 0
        while count < stops:
            lab.has_work()
            time.sleep(draw.uniform(0, 0.5))
            chosen = draw.sample(lab.workers, min(5, stops - count))
            for worker in chosen:
                worker.signal(signal.SIGSTOP)
            time.sleep(4.5)
            for worker in chosen:
                worker.signal(signal.SIGCONT)
            count += len(chosen)
        return row(f"{stops} workers stopped for 4.5 s under leases of 3 s", lab, expected)
    finally:
        lab.close()


def wiped(binary, times, seed):
    """NATS killed and started empty."""
    expected, draw = undisturbed(binary, JOB), random.Random(seed)
    lab = Lab(binary)
    try:
        for _ in range(times):
            lab.has_work()
            time.sleep(draw.uniform(0, 0.7))
            lab.restart_nats(draw.uniform(0, 0.3), wiped=True)
        return row(f"{times} times wiped", lab, expected)
    finally:
        lab.close()


def doubled(binary, times, seed):
    """Trials and results published a second time by hand, and messages that nobody understands."""
    expected, draw = undisturbed(binary, JOB), random.Random(seed)
    lab = Lab(binary)
    try:
        hand, count = over.Hand(lab.nats), 0
        deadline = time.monotonic() + 60 + 4 * times
        while count < times and time.monotonic() < deadline:
            lab.has_work()
            time.sleep(draw.uniform(0, 0.05))
            count += hand.doubled("BITGAUGE_TRIALS" if draw.random() < 0.7 else "BITGAUGE_RESULTS")
            garbled = draw.choice([b"", b"{", b"[]", b'{"lease":1}', bytes(draw.randrange(256) for _ in range(40))])
            hand.publish(draw.choice(["bitgauge.result.x.1", "bitgauge.ask.renew", "bitgauge.ask.sign", "bitgauge.notice"]), garbled)
        return row(f"{count} messages doubled, as many garbled", lab, expected)
    finally:
        lab.close()


def cut(binary, times, seed):
    """Workers behind a slow way (200 ms each way) that is cut for longer than a lease."""
    expected, draw = undisturbed(binary, JOB), random.Random(seed)
    lab = Lab(binary, workers=0)
    relay = over.Relay(lab.nats.port, delay=0.2)
    try:
        lab.url = relay.url
        lab.workers = [lab.worker() for _ in range(4)]
        for _ in range(times):
            lab.has_work()
            time.sleep(draw.uniform(0.5, 2))
            relay.is_cut = True
            time.sleep(draw.uniform(1, 6))
            relay.is_cut = False
        return row(f"4 workers at 200 ms each way, cut {times} times for 1 to 6 s", lab, expected)
    finally:
        relay.close()
        lab.close()


def lossy(binary, rounds, seed):
    """Workers in a network namespace that loses 30 % of all packets."""
    tools = all(shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin") for tool in ("ip", "iptables"))
    space = f"bitgauge{random.Random(seed).randrange(10**6)}"
    link = space[-6:]

    def run(*command):
        return subprocess.run(command, capture_output=True, text=True)

    if not tools or run("ip", "netns", "add", space).returncode:
        return {"counts": "not run: needs root, ip and iptables", "measured": "", "held": True}
    expected = undisturbed(binary, JOB)
    lab = Lab(binary, workers=0)
    try:
        for command in (
            f"ip link add a{link} type veth peer name b{link} netns {space}", f"ip addr add 10.213.7.1/30 dev a{link}", f"ip link set a{link} up",
            f"ip -n {space} addr add 10.213.7.2/30 dev b{link}", f"ip -n {space} link set b{link} up",
            f"ip netns exec {space} iptables -A INPUT -m statistic --mode random --probability 0.3 -j DROP",
        ):
            done = run(*command.split())
            if done.returncode:
                return {"counts": f"not run: {done.stderr.strip()}", "measured": "", "held": True}
        # NATS listens on loopback alone: a relay stands at the other end of the cable
        outside = subprocess.Popen(["socat", "TCP-LISTEN:4222,bind=10.213.7.1,fork,reuseaddr", f"TCP:127.0.0.1:{lab.nats.port}"])
        for _ in range(4):
            lab.workers.append(over.Worker(binary, "nats://10.213.7.1:4222", "--lease-seconds", "3", before=["ip", "netns", "exec", space]))
        for _ in range(rounds):
            lab.has_work()
            lab.server.ended(lab.jobs[-1], within=600)
        return row("4 workers in a network that loses 30 % of all packets", lab, expected)
    finally:
        lab.close()
        if "outside" in locals():
            outside.kill()
        run("ip", "netns", "del", space)


def without(binary, seconds, seed):
    """Three times a while without NATS: what runs goes on, what is done is handed in later."""
    expected = undisturbed(binary, JOB)
    lab = Lab(binary)
    try:
        for _ in range(3):
            lab.has_work()
            time.sleep(0.5)
            lab.restart_nats(seconds)
        return row(f"three times {seconds} s without NATS", lab, expected)
    finally:
        lab.close()


def processor_seconds(worker):
    """Time that a worker's process has computed, in seconds."""
    fields = pathlib.Path(f"/proc/{worker.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cancelled(binary, trials, seed):
    """A job of many queued and four running trials is cancelled: workers stop within 2 s and nothing is published again."""
    long = {
        "dataset": {"kind": "random_labels", "inputs": 20, "samples": 1000}, "network": {"kind": "mlp", "hidden": [32, 32]},
        "training": {"steps": 200_000}, "budget": {"trial_seconds": 3600}, "seeds": min(trials + 4, 10_000),
    }
    lab = Lab(binary, workers=0)
    try:
        lab.workers = [over.Worker(binary, lab.url, "--lease-seconds", "3", slots=2) for _ in range(2)]
        job = lab.server.submit(long)
        deadline = time.monotonic() + 60
        running = lambda: sum(len(worker["running"]) for worker in lab.server.json("/v1/workers")["items"])
        while running() < 4:
            if time.monotonic() > deadline:
                raise Gone("four trials do not run")
            time.sleep(0.05)
        begun = time.monotonic()
        status, _, _ = lab.server.call("POST", f"/v1/jobs/{job}/cancel")
        took = time.monotonic() - begun
        while time.monotonic() - begun < 30:
            before = sum(map(processor_seconds, lab.workers))
            time.sleep(0.1)
            if sum(map(processor_seconds, lab.workers)) - before < 0.03:
                break
        idle = time.monotonic() - begun
        time.sleep(3)
        nats = lab.server.json("/v1/workers")["nats"]
        again = nats["published_trials"] + nats["taken_trials"]
        return {
            "counts": f"{long['seeds'] - 4} queued and 4 running trials",
            "measured": f"answered {status} after {1000 * took:.0f} ms; no worker computes any more after {idle:.1f} s; {again} trials with the fleet 3 s later",
            "held": status == 200 and idle < 2 and again == 0,
        }
    finally:
        lab.close()
