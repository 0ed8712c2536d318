"""The runtime: OpenVINO behind KServe v2, with OpenVINO Model Server's flags and metrics."""
