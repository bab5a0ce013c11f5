"""The state of the services, the cluster, the accounts and the access to Buffer."""
