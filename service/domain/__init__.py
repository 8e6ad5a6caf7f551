"""What the service knows of special education: facts, lifecycles, clocks, rules, decisions.

Pure Python, standard library only: nothing here reads a clock, a file or a database.
"""
