"""One post from its draft to the network."""
