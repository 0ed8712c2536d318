"""The front end of gRPC, on the HTTP/2 server."""
