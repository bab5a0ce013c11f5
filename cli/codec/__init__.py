"""The codec server: decrypts for Temporal's UI and command line what Temporal keeps."""
