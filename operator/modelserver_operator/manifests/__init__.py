"""What users hand in: YAML documents, read, sorted and checked, with one line per mistake."""
