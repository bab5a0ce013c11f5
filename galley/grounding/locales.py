"""The languages whose months and scale words are known, by CLDR's names."""

LANGUAGES = (
    *("ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "en_GB", "es", "et", "fa"),
    *("fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv"),
    *("nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr"),
    *("uk", "vi", "zh"),
)
