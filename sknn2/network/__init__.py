"""The equations: layers, losses and the networks made of them."""
