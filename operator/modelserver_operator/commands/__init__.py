"""What the command line can do: one module per sub-command, and what they share.

A sub-command's module imports little, so that `--help` comes at once; the work behind it is
imported when it runs.
"""
