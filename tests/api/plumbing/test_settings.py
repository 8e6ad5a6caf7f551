"""Settings from the environment, and the keys made from one secret."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from service.keys import Keys, hash_secret, is_secret, load_keys, new_secret
from service.settings import Settings


def test_settings_have_defaults_and_are_read_by_name(tmp_path: Path) -> None:
    plain = Settings.from_environment({})
    assert plain.database == "sqlite:///data/childfind.sqlite3"
    assert (plain.host, plain.port, plain.token_lifetime_s) == ("127.0.0.1", 8000, 600)
    assert Settings.from_environment({"PORT": "9000"}).port == 9000
    given = Settings.from_environment(
        {
            "CHILDFIND_DATA_DIR": str(tmp_path),
            "CHILDFIND_DATABASE_URL": "postgresql://db/childfind",
            "CHILDFIND_MAX_JSON_BYTES": "1000",
        }
    )
    assert given.database == "postgresql://db/childfind"
    assert given.max_json_bytes == 1000


@pytest.mark.parametrize("name", ["CHILDFIND_PORT", "PORT"])
@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "\u0661"])
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} is '{value}'; it must be a whole number"):
        Settings.from_environment({name: value})


def test_a_word_that_is_not_known_is_named_with_those_that_are() -> None:
    with pytest.raises(
        ValueError, match=r"^CHILDFIND_SMTP_SECURITY is 'ssl'; one of starttls, tls"
    ):
        Settings.from_environment({"CHILDFIND_SMTP_SECURITY": "ssl"})


def test_our_own_setting_goes_before_the_one_that_others_set() -> None:
    given = {"PORT": "many", "CHILDFIND_PORT": "9000"}
    assert Settings.from_environment(given).port == 9000


def test_the_secret_key_is_made_once_for_the_service_alone(tmp_path: Path) -> None:
    keys = load_keys(None, tmp_path)
    assert load_keys(None, tmp_path) == keys
    assert load_keys(None, tmp_path / "elsewhere") != keys
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["secret-key"]
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_a_secret_key_is_long() -> None:
    with pytest.raises(ValueError, match="32"):
        Keys.derive(b"short")


def test_each_purpose_has_its_own_key() -> None:
    keys = Keys.derive(b"x" * 32)
    own = {keys.tokens, keys.cursors, keys.client_secrets, keys.feeds, keys.sealing}
    assert len(own) == 5


def test_a_client_secret_is_known_by_its_hash_alone() -> None:
    keys = Keys.derive(b"x" * 32)
    secret = new_secret()
    assert secret.startswith("cfs_")
    stored = hash_secret(keys, secret)
    assert is_secret(keys, secret, stored)
    assert not is_secret(keys, secret + "x", stored)
    assert not is_secret(keys, secret, None)
    assert not is_secret(Keys.derive(b"y" * 32), secret, stored)
