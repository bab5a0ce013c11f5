"""What a draft may say: its facts tied to the source, its signs and links given."""
