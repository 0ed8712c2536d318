"""The running operator: events become keys, keys become passes, one leader at a time.

Nothing is decided here about what a ModelServer needs: that is `reconcile/`. This room says when to
look, at what, who may, and how the process itself is doing.
"""
