"""What may go wrong."""


class BuildFailed(Exception):
    """A program or its source could not be had; the text is the tool's own."""
