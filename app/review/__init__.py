"""Review: the posts that wait for a person, and the decisions and changes on them."""
