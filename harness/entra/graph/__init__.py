"""Microsoft Graph over the mock tenant: the resources of SAML apps as JSON, and what changes them."""
