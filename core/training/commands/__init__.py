"""One module a command: ``add`` declares its arguments, ``run`` does the work.

Torch is slow to import: no module imports it before its arguments are known to be right.
"""
