// @node-saml/node-saml as a service provider.
//
// Reads a JSON list of requests on stdin and prints a JSON list of answers as its last line.
import { load, serve } from "./serve.mjs";

const { SAML } = load("@node-saml/node-saml");

serve(async (request) => {
  const sp = new SAML({
    idpCert: request.certificates,
    issuer: request.audience,
    audience: request.audience,
    callbackUrl: request.acs,
    idpIssuer: request.issuer,
    // Either part may carry the signature: with both false one of them still has to be validly signed.
    wantAuthnResponseSigned: false,
    wantAssertionsSigned: false,
  });
  const { profile } = await sp.validatePostResponseAsync({ SAMLResponse: request.response });
  const attributes = {};
  for (const [name, value] of Object.entries(profile.attributes ?? {})) {
    attributes[name] = [value].flat().map(String);
  }
  return { says: `NameID ${profile.nameID}`, attributes };
});
