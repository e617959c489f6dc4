// samlify as a service provider. It checks signature, issuer and time, and neither audience nor destination.
//
// Reads a JSON list of requests on stdin and prints a JSON list of answers as its last line.
import { load, serve } from "./serve.mjs";

const samlify = load("samlify");

// samlify insists on a schema validator and ships none; the schema is judged by python3-saml and ruby-saml.
samlify.setSchemaValidator({ validate: async () => "not validated" });

serve(async (request) => {
  const metadata = Buffer.from(request.metadata, "base64").toString("utf8").replace(/^\uFEFF/, "");
  const idp = samlify.IdentityProvider({ metadata });
  const sp = samlify.ServiceProvider({
    entityID: request.audience,
    assertionConsumerService: [
      { Binding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST", Location: request.acs },
    ],
    wantAssertionsSigned: true,
  });
  const { extract } = await sp.parseLoginResponse(idp, "post", { body: { SAMLResponse: request.response } });
  const attributes = {};
  for (const [name, value] of Object.entries(extract.attributes ?? {})) {
    attributes[name] = [value].flat().map(String);
  }
  return { says: `NameID ${extract.nameID}`, attributes };
});
