"""How fast the service is, beside raw SQL on the same server in the same run.

`python -m tests.bench` (or `make bench`) starts PostgreSQL, fills it with an invented
district, serves the service and a bare WSGI program (`raw`) with the same server settings
on one core each in turn, and prints requests per second and the server's own CPU time for
each request. The ratios mean something; the absolute figures belong to the machine.
"""
