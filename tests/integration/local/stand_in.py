"""A server of the runtime's shape and of bad habits on demand, for tests of what keeps it running.

Any path is answered; `/crash` ends it with a last word, `/sicken` makes its probes fail from then
on. With DEAF set it does not listen to SIGTERM.
"""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        if self.path == "/crash":
            print("out of luck", flush=True)
            os._exit(3)
        if self.path == "/sicken":
            Handler.status = 503
        self.send_response(Handler.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


if "DEAF" in os.environ:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
port = int(sys.argv[sys.argv.index("--rest_port") + 1])
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
