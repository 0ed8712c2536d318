"""Where models come from: what a folder offers, and which versions of it to serve."""
