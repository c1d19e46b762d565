"""What a script of the gallery finds when it runs while the site is built."""

import builtins
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def set_file(gallery_conf, fname):
    """Give a script its ``__file__``, as Python does; sphinx-gallery leaves it out."""
    if fname is not None:
        builtins.__file__ = str(EXAMPLES / Path(fname).name)
