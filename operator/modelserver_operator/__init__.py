"""The operator: one ModelServer resource becomes an autoscaled, observed model service."""
