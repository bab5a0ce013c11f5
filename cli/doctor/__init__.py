"""Commands that ask or wait for a person while they examine: a login, and a trial."""
