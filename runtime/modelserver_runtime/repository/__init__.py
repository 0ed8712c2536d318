"""Where models come from: what a folder or a bucket offers, and which versions of it to serve."""
