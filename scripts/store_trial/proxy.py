"""A proxy in front of a store that does what networks and stores do: cuts, errors, repeats, kills."""

import socket
import socketserver
import threading

ERROR = ("<?xml version=\"1.0\"?><Error><Code>{0}</Code><Message>by the proxy</Message></Error>")


def head_of(stream):
    """The bytes of a message's head, and its headers by lower-case name; None at the end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline(65536)
        if not line:
            return None, {}
        head += line
        if line == b"\r\n":
            break
    headers = {}
    for line in head.split(b"\r\n")[1:]:
        name, mark, value = line.partition(b":")
        if mark:
            headers[name.strip().lower()] = value.strip()
    return head, headers


def body_of(stream, headers, method=b"", status=0):
    """The bytes of a message's body."""
    if method == b"HEAD" or status in (204, 304) or 100 <= status < 200:
        return b""
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = b""
        while True:
            line = stream.readline(1000)
            size = int(line.split(b";")[0], 16)
            chunk = stream.read(size + 2)
            body += line + chunk
            if size == 0:
                return body
    return stream.read(int(headers.get(b"content-length", b"0")))


class Proxy:
    """Counts requests, and does what the plan says about some of them.

    `plan(number, method, path)` answers nothing, or one of: before (the connection is cut before the
    store hears of it), after (the store does it, and nobody hears of that), half (half of the body
    comes), 500, 503, 500-after (done, and called an error), twice (done twice), or a callable, which
    is called before the request goes on; `late` is such a callable for afterwards."""

    def __init__(self, store):
        host, port = store.split("//")[1].rsplit(":", 1)
        self.store = (host, int(port))
        self.lock = threading.Lock()
        self.reset()
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    proxy.serve(self.rfile, self.wfile)
                except (OSError, ValueError):
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reset(self, plan=None, late=None):
        with self.lock:
            self.count, self.seen = 0, []
            self.plan, self.late = plan, late

    def serve(self, client, answers):
        while True:
            head, headers = head_of(client)
            if head is None:
                return
            body = body_of(client, headers)
            method, path = head.split(b" ", 2)[:2]
            with self.lock:
                self.count += 1
                number, plan, late = self.count, self.plan, self.late
                self.seen.append((method.decode(), path.decode()))
            fault = plan(number, method.decode(), path.decode()) if plan else None
            if callable(fault):
                fault()
                fault = None
            if fault == "before":
                return
            if fault in ("500", "503"):
                self.refuse(answers, fault, method)
                continue
            if fault == "half":
                self.half(head, body)
                return
            answer = self.forward(head, body, method)
            if fault == "twice":
                answer = self.forward(head, body, method)
            if late:
                late(number, method.decode(), path.decode())
            if fault == "after":
                return
            if fault == "500-after":
                self.refuse(answers, "500", method)
                continue
            answers.write(answer)
            answers.flush()

    @staticmethod
    def refuse(answers, status, method):
        code, words = {"500": ("InternalError", "Internal Server Error"),
                       "503": ("SlowDown", "Slow Down")}[status]
        text = b"" if method == b"HEAD" else ERROR.format(code).encode()
        answers.write(f"HTTP/1.1 {status} {words}\r\nContent-Length: {len(text)}\r\n\r\n".encode()
                      + text)
        answers.flush()

    def forward(self, head, body, method):
        with socket.create_connection(self.store, 120) as link:
            stream = link.makefile("rwb")
            stream.write(head + body)
            stream.flush()
            while True:
                answer, headers = head_of(stream)
                if answer is None:
                    raise OSError("the store closed the connection")
                status = int(answer.split(b" ", 2)[1])
                if status != 100:
                    break
            return answer + body_of(stream, headers, method, status)

    def half(self, head, body):
        with socket.create_connection(self.store, 120) as link:
            link.sendall(head + body[:len(body) // 2])
