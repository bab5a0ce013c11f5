"""Health: the services, the cluster, the accounts, notifications and the access to Buffer."""
