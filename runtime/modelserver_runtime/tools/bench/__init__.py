"""``modelserver-runtime bench``: load for a model server, and what it made of it.

It speaks the vocabulary of OpenVINO Model Server's benchmark client: the same options, and the same
keys in its output. From the wire up:

    connection   one HTTP connection that is kept alive
    apis/        one file per protocol: metadata, encoding, a client that sends what was encoded
    data         the tensors to send: made up, or from files
    load         closed and open loops: when what is sent
    statistics   pure: samples to figures
    report       figures to text and JSON
    comparison   the same load on a server of our own, once for each performance hint
"""
