"""The version of Galley. It is read from here, because the images do not install Galley."""

__version__ = "0.2.0"
