"""How many replicas a ModelServer needs: the ratio that says it, and the HPA that reads the ratio.

`ratio` writes the metric as PromQL for a cluster, `window` computes the same number from scraped
samples, and `hpa` turns it into a replica count exactly as Kubernetes would.
"""
