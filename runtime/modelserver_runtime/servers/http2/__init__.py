"""A small HTTP/2 server (RFC 9113) for one purpose: gRPC calls that cost less than they carry.

Header compression is the hpack library's, the sockets are uvloop's; what stands here is what lies
between: frames, streams, flow control both ways, limits, and a drain that loses nothing. grpcio's
own server spends four thread switches and three copies of every tensor on a call.
"""

from modelserver_runtime.servers.http2.head import Head
from modelserver_runtime.servers.http2.server import Http2Server
from modelserver_runtime.servers.http2.stream import Nobody, Receiver, Stream

__all__ = ["Head", "Http2Server", "Nobody", "Receiver", "Stream"]
