"""A TCP proxy that loses connections where a test wants it to."""

import contextlib
import socket
import threading


class Proxy:
    """Passes connections on to `upstream`, and remembers what was sent over each of them.

    `cut` decides over a connection's answer so far (`request`, `answer`, both bytes): True closes it at once.
    """

    def __init__(self, upstream: str, cut=lambda request, answer: False):
        self.upstream = upstream
        self.cut = cut
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "http://127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._pass, args=self._listener.accept()[:1], daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        host, port = self.upstream.removeprefix("http://").split(":")
        number = len(self.requests)
        self.requests.append(b"")
        with client, contextlib.suppress(OSError), socket.create_connection((host, int(port))) as server:

            def forward() -> None:
                with contextlib.suppress(OSError):
                    while data := client.recv(65536):
                        self.requests[number] += data
                        server.sendall(data)
                    server.shutdown(socket.SHUT_WR)

            threading.Thread(target=forward, daemon=True).start()
            answer = b""
            with contextlib.suppress(OSError):
                while data := server.recv(65536):
                    answer += data
                    if self.cut(self.requests[number], answer):
                        break
                    client.sendall(data)
            # closing alone would wait for the thread above
            client.shutdown(socket.SHUT_RDWR)
            server.shutdown(socket.SHUT_RDWR)
