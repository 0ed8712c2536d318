"""The files of the chart that follow from something else: values.yaml, or the operator itself."""
