"""The stores that media and state may be kept in, and the choice between them."""
