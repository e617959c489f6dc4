// The npm package `saml` as an identity provider: reads one JSON order on stdin, prints a signed Assertion.
import { readFileSync } from "node:fs";

import { load } from "./serve.mjs";

const { Saml20 } = load("saml");
const order = JSON.parse(readFileSync(0, "utf8"));

process.stdout.write(
  Saml20.create({
    key: Buffer.from(order.key),
    cert: Buffer.from(order.certificate),
    issuer: order.issuer,
    lifetimeInSeconds: 3600,
    audiences: order.audience,
    recipient: order.acs,
    nameIdentifier: order.name_id,
    nameIdentifierFormat: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    attributes: order.attributes,
    signatureAlgorithm: "rsa-sha256",
    digestAlgorithm: "sha256",
  }),
);
