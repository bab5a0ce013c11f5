"""The command line, a face of Galley: commands, what they read and print, the local stack."""
