"""The extractive drafter: posts and notes made of sentences of the source, word for word."""
