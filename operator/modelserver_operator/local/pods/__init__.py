"""Pods as processes: what runs, with what, how it is watched, and what replaces it when."""
