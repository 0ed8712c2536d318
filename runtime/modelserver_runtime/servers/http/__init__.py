"""A small HTTP/1.1 server for one purpose: answers that cost less than the inference they carry.

The parser is llhttp (httptools), the sockets are uvloop's; what stands here is what lies between: a
body received into one writable buffer, an answer written in one go, limits, and a drain that loses
nothing. A general web server spends more on a request than a small model does.
"""

from modelserver_runtime.servers.http.messages import Handler, Request, Response
from modelserver_runtime.servers.http.server import HttpServer

__all__ = ["Handler", "HttpServer", "Request", "Response"]
