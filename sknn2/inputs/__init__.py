"""How rows of X enter a network."""
