"""What is used beside a server: a package for each sub-command but ``serve``."""
