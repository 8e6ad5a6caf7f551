"""Law as data: rule cards, state packs over the federal base, and district settings.

`load()` once at start; `Policies.policy_for` gives the domain its `Policy`.
"""

from service.policies.loader import Policies, load
from service.policies.reading import LawInvalid
from service.policies.settings import SettingProblem, SettingsInvalid, check_settings

__all__ = [
    "LawInvalid",
    "Policies",
    "SettingProblem",
    "SettingsInvalid",
    "check_settings",
    "load",
]
