// What the node drivers share: where the packages are, and the loop from requests to answers.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../node/package.json", import.meta.url));

export const load = (name) => require(name);

export async function serve(judge) {
  const answers = [];
  for (const request of JSON.parse(readFileSync(0, "utf8"))) {
    try {
      answers.push({ accepted: true, ...(await judge(request)) });
    } catch (error) {
      // samlify throws plain strings as well as errors.
      answers.push({ accepted: false, says: String(error), attributes: {} });
    }
  }
  process.stdout.write(`\n${JSON.stringify(answers)}\n`);
}
