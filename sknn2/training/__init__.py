"""How the parameters are brought down the cost."""
