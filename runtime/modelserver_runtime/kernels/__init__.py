"""Which kernels ran in an inference, and which of them are oneDNN's. Knows no OpenVINO."""
