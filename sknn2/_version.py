"""The version, alone so that the build can read it without NumPy."""

__version__ = "0.2.0"
