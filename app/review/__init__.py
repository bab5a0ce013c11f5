"""Review: which posts wait for a person, their proofs, and what is decided on them."""
