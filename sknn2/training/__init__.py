"""How training minimises the cost."""
