"""The law as this service holds it, as pages to read: one for each rule and each state.

`pages` writes them as Markdown from the cards and packs. `docs/rules` and `docs/states` keep what
it writes, and the service shows the same at `/docs/rules` and `/docs/states`.
"""

from service.pages.writing import pages

__all__ = ["pages"]
