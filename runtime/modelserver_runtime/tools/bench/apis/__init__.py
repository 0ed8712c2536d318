"""The protocols a model can be asked over.

A request is made once, before the load, as the very bytes that travel: what is measured is the
server, as little as possible of the client.
"""
