"""The Entra side: a tenant's directory, signing certificates, claims, responses and federation metadata."""
