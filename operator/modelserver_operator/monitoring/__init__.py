"""What is watched, for people and for autoscalers: the adapter's rule, alerts, dashboards.

All of it is PromQL over series that the servers and the operator export, written in one place each.
It is about all ModelServers at once or takes one by its namespace and Service, so that nothing here
knows the resource.
"""
