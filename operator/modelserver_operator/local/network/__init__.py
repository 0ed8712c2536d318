"""The Service: its ports on this machine, and the connections that they hand on."""
