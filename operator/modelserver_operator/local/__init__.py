"""ModelServers played on one machine: processes for pods, everything else as on Kubernetes."""
