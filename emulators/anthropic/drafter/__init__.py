"""An honest writer without a model: sentences of the source, word for word."""
