"""Settings of keys that are being changed, of backups, and of the list of erasures."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KEYS = ("MASTER_KEY_OLD", "LOOKUP_KEY_OLD", "BACKUP_PUBLIC_KEY")
FOLDERS = ("BACKUP_FOLDER", "KEY_BACKUP_FOLDER")


def backup_values(env: Mapping[str, str]) -> dict[str, Any]:
    """The settings as they are kept; None where none was given."""
    return {
        "old_master_key": _key(env, "MASTER_KEY_OLD"),
        "old_lookup_key": _key(env, "LOOKUP_KEY_OLD"),
        "backup_public_key": _key(env, "BACKUP_PUBLIC_KEY"),
        "backup_folder": _path(env, "BACKUP_FOLDER"),
        "key_backup_folder": _path(env, "KEY_BACKUP_FOLDER"),
        "erasure_list": _path(env, "ERASURE_LIST"),
    }


def backup_problems(env: Mapping[str, str]) -> list[str]:
    """What is wrong or unsafe, one sentence each."""
    found = [
        f"{name} is not 32 bytes in base64."
        for name in KEYS
        if env.get(name) and not _is_key(env[name])
    ]
    for name in ("MASTER_KEY", "LOOKUP_KEY"):
        if env.get(name) and env.get(name) == env.get(f"{name}_OLD"):
            found.append(f"{name}_OLD is {name} itself: leave it out.")
    found += [
        f"{name} is not a folder: make it, readable by this program alone."
        for name in FOLDERS
        if env.get(name) and not Path(env[name]).is_dir()
    ]
    return found + _apart(env)


def _apart(env: Mapping[str, str]) -> list[str]:
    """Keys beside what they open would make one theft of two."""
    dumps, keys = (env.get(name, "") for name in FOLDERS)
    store = env.get("KEY_STORE", "")
    found = []
    if dumps and keys and (_is_in(keys, dumps) or _is_in(dumps, keys)):
        found.append(
            "KEY_BACKUP_FOLDER must not be BACKUP_FOLDER or in it, nor hold it:"
            " keep keys apart."
        )
    if dumps and store and _is_in(store, dumps):
        found.append("KEY_STORE must not be in BACKUP_FOLDER: keep keys apart.")
    if bool(dumps) != bool(keys):
        found.append("BACKUP_FOLDER and KEY_BACKUP_FOLDER go together: set both.")
    if dumps and not env.get("BACKUP_PUBLIC_KEY"):
        found.append("BACKUP_PUBLIC_KEY is missing: `flask backup-key` makes a pair.")
    return found


def _is_in(path: str, folder: str) -> bool:
    """Is it that folder, or does it go wherever the folder is taken?"""
    return Path(path).resolve().is_relative_to(Path(folder).resolve())


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except ValueError:
        return False


def _key(env: Mapping[str, str], name: str) -> bytes | None:
    text = env.get(name, "")
    return base64.b64decode(text) if text and _is_key(text) else None


def _path(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]) if env.get(name) else None
