"""Languages as people and systems write them, brought to one tag (BCP 47).

Notices and consents are given in the parent's language (34 CFR 300.503(c), 300.9(a)), so that a
student information system which writes `Spanish` or `spa` has to be understood as `es`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LANGUAGES: Mapping[str, str] = {
    "aii": "Assyrian",
    "am": "amh, Amharic",
    "ar": "ara, Arabic",
    "ase": "American Sign Language, ASL",
    "bn": "ben, Bengali, Bangla",
    "bs": "bos, Bosnian",
    "ceb": "Cebuano",
    "chk": "Chuukese",
    "chr": "Cherokee",
    "de": "deu, ger, German",
    "el": "ell, gre, Greek",
    "en": "eng, English",
    "es": "spa, Spanish, Español, Castilian",
    "esu": "Yupik, Yup'ik",
    "fa": "fas, per, Persian, Farsi",
    "fil": "Filipino",
    "fr": "fra, fre, French",
    "gu": "guj, Gujarati",
    "he": "heb, Hebrew",
    "hi": "hin, Hindi",
    "hmn": "Hmong",
    "hr": "hrv, Croatian",
    "ht": "hat, Haitian, Haitian Creole",
    "hy": "hye, arm, Armenian",
    "id": "ind, Indonesian",
    "ilo": "Ilocano, Iloko",
    "it": "ita, Italian",
    "ja": "jpn, Japanese",
    "kar": "Karen",
    "km": "khm, Khmer, Cambodian",
    "ko": "kor, Korean",
    "ku": "kur, Kurdish",
    "lo": "lao, Laotian",
    "mh": "mah, Marshallese",
    "ml": "mal, Malayalam",
    "my": "mya, bur, Burmese",
    "ne": "nep, Nepali",
    "nv": "nav, Navajo",
    "om": "orm, Oromo",
    "pa": "pan, Punjabi",
    "pl": "pol, Polish",
    "prs": "Dari",
    "ps": "pus, Pashto",
    "pt": "por, Portuguese",
    "ro": "ron, rum, Romanian",
    "ru": "rus, Russian",
    "rw": "kin, Kinyarwanda",
    "sm": "smo, Samoan",
    "so": "som, Somali",
    "sq": "sqi, alb, Albanian",
    "sr": "srp, Serbian",
    "sw": "swa, Swahili",
    "ta": "tam, Tamil",
    "te": "tel, Telugu",
    "th": "tha, Thai",
    "ti": "tir, Tigrinya",
    "tl": "tgl, Tagalog",
    "tr": "tur, Turkish",
    "uk": "ukr, Ukrainian",
    "ur": "urd, Urdu",
    "vi": "vie, Vietnamese",
    "yi": "yid, Yiddish",
    "yue": "Cantonese",
    "zh": "zho, chi, Chinese, Mandarin",
}
"""Languages of families in US schools: the tag, with other codes (ISO 639-2) and names for it."""

_TAGS: Mapping[str, str] = {
    spelled.casefold(): tag
    for tag, names in LANGUAGES.items()
    for spelled in (tag, *names.split(", "))
}
_NOT_SAID = frozenset(("mis", "mul", "na", "nan", "none", "und", "unk", "zxx"))
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)
_LONGEST = 35


def language(written: str) -> str | None:
    """The tag of a language as somebody wrote it (`Spanish` is `es`, `zh_hant` is `zh-Hant`).

    A tag that is not in the table is taken at its word. None for what tells no language.
    """
    known = _TAGS.get(" ".join(written.split()).casefold())
    if known is not None:
        return known
    tag = written.strip().replace("_", "-")
    first, *rest = tag.split("-")
    if len(tag) > _LONGEST or not _TAG.fullmatch(tag) or first.casefold() in _NOT_SAID:
        return None
    return "-".join((_TAGS.get(first.casefold(), first.casefold()), *map(_part, rest)))


def _part(part: str) -> str:
    """A script or a region in the case that is usual for it (`Hant`, `MX`)."""
    return {2: str.upper, 4: str.title}.get(len(part), str.lower)(part)
