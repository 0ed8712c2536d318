"""The links between a server and what scales it, each looked at on its own.

The chain breaks without a word everywhere: Prometheus says nothing of a ServiceMonitor that it does
not select, prometheus-adapter nothing of a rule that it lacks, and an HPA only that it has no
metric. Each module here asks about one link and gives a `Finding`.
"""
