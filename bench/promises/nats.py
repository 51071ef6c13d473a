"""A NATS server of its own, workers on it, and a hand on both: by the standard library alone."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from service import ROOT, Server


def programs():
    """NATS servers that are installed, the newest first."""
    beside = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "python/bin/nats-server"
    found = [str(beside)] if beside.exists() else []
    of_system = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
    return found + ([of_system] if of_system else [])


class Nats:
    """A NATS server with JetStream."""

    def __init__(self, program=None, config=None):
        self.program, self.config = program or programs()[0], config
        self.directory = tempfile.mkdtemp()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    def start(self):
        command = [self.program, "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", self.directory]
        if self.config:
            command += ["-c", str(self.config)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < deadline and self.process.poll() is None, "NATS does not come up"
                time.sleep(0.01)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def wipe(self):
        """Forgets everything; while it does not run."""
        shutil.rmtree(pathlib.Path(self.directory) / "jetstream", ignore_errors=True)

    def close(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


class Hand:
    """Says a few words of the protocol by hand."""

    def __init__(self, nats):
        self.socket = socket.create_connection(("127.0.0.1", nats.port), 5)
        self.lines = self.socket.makefile("rb")
        self.lines.readline()
        self.socket.sendall(b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nPING\r\n')
        while self.lines.readline().strip() != b"PONG":
            pass
        self.number = 0

    def publish(self, subject, payload, reply=""):
        self.socket.sendall(f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n")

    def ask(self, subject, question):
        """The answer as JSON."""
        self.number += 1
        inbox = f"_INBOX_WORKER.hand{id(self)}.{self.number}"
        self.socket.sendall(f"SUB {inbox} {self.number}\r\n".encode())
        self.publish(subject, json.dumps(question).encode(), inbox)
        while True:
            line = self.lines.readline().decode().split()
            if line[:1] in (["MSG"], ["HMSG"]):
                payload = self.lines.read(int(line[-1]) + 2)[:-2]
                if line[1] == inbox:
                    head = int(line[-2]) if line[0] == "HMSG" else 0
                    return json.loads(payload[head:] or b"null")
            elif line[:1] == ["PING"]:
                self.socket.sendall(b"PONG\r\n")
            elif not line:
                raise OSError("NATS is gone")

    def doubled(self, stream):
        """Publishes once more what a stream holds last; whether there was anything."""
        import base64

        state = self.ask(f"$JS.API.STREAM.INFO.{stream}", {}).get("state", {})
        if not state.get("messages"):
            return False
        found = self.ask(f"$JS.API.STREAM.MSG.GET.{stream}", {"seq": state["last_seq"]}).get("message")
        if not found:
            return False
        self.publish(found["subject"], base64.b64decode(found.get("data", "")))
        return True


class Worker:
    """A worker process."""

    def __init__(self, binary, url, *arguments, slots=1, before=()):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BITGAUGE_")}
        command = [*before, str(binary), "worker", "--nats", url, "--slots", str(slots), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True)

    def signal(self, which):
        os.killpg(self.process.pid, which)

    def kill(self):
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


class Relay:
    """Passes bytes on to a port, late, or not at all."""

    def __init__(self, port, delay=0.0):
        self.to, self.delay, self.is_cut = port, delay, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.to), 5)
            except OSError:
                if self.listener.fileno() < 0:
                    return
                continue
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self.pass_on, args=(one, other), daemon=True).start()

    def pass_on(self, one, other):
        """Each way on a thread; what comes is held for as long as the way is long, without holding up what follows."""
        import queue

        line = queue.Queue()

        def deliver():
            while True:
                due, data = line.get()
                time.sleep(max(0, due - time.monotonic()))
                while self.is_cut:
                    time.sleep(0.05)  # a cut cable: nothing goes, nothing ends
                try:
                    other.sendall(data)
                    if not data:
                        other.shutdown(socket.SHUT_WR)
                        return
                except OSError:
                    return

        threading.Thread(target=deliver, daemon=True).start()
        while True:
            try:
                data = one.recv(65536)
            except OSError:
                data = b""
            line.put((time.monotonic() + self.delay, data))
            if not data:
                return

    def close(self):
        self.listener.close()


def service(binary, directory, nats, *arguments, workers=0):
    """A service on NATS."""
    return Server(binary, directory, "--nats", nats.url, "--lease-seconds", "3", *arguments, workers=workers)
