"""Bytes in, bytes out: the REST and gRPC front ends."""
