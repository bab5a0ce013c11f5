"""Look at the services, the cluster and the accounts, and say what is off."""
