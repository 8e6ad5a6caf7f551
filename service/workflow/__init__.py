"""What people do: facts, a decision, rows and their journal entries; never a commit.

One module per noun, named as on every floor. `step` is the one path every step goes.
May import storage, policies, the domain and the clock; knows nothing of HTTP.
"""
