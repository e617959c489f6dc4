"""The SAML 2.0 protocol: bytes, XML, signatures, facts. It knows no Entra, no AWS and has no opinions."""
