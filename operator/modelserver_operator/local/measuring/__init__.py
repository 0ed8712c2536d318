"""What the replicas say of themselves, kept for the autoscaler, the view and the picture."""
