"""Say which setting is wrong, in one sentence that does not quote it."""

import re

_FIELD = re.compile(r'field "(\w+)"')


def wrong_setting(error: Exception) -> str | None:
    """Return what to say of an error of the settings; ``None`` if it is none of them.

    Other models raise pydantic's ``ValidationError`` as well.
    """
    names = [kind.__name__ for kind in type(error).__mro__]
    if "SettingsError" in names:
        found = _FIELD.search(str(error))
        setting = f"GALLEY_{found[1].upper()}" if found else "one of them"
        return (
            f"A setting is wrong: {setting} is no JSON, such as "
            '["one", "two"] or {"name": "value"}; docs/settings.md says which it is.'
        )
    if "ValidationError" in names and getattr(error, "title", "") == "Settings":
        lines = str(error).splitlines()[1:]
        return f"A setting is wrong: {' '.join(' '.join(lines).split())}"
    return None
