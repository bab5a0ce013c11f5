"""The rules for decisions and changes of a post; signals and updates obey the same ones."""
