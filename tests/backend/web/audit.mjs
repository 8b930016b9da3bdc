// Reads lines of what the pages' audit is asked, and writes what it answers.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, questions] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${folder}/${name}.js`));
const [{ agreementJson, agreementOf, amendmentDigest, digest, putsIntoForce, wordsOf }, { bytesOf, hexOf }, { signerOf, transactionOf }] = await Promise.all(
  ["proof/agreement", "proof/bytes", "audit/signatures"].map(load),
);

const ANSWERS = {
  terms: ({ words, chain, book }) => {
    const read = agreementJson(agreementOf(bytesOf(words)));
    return { words: hexOf(wordsOf(read)), digest: digest(bytesOf(words), chain, book), json: read };
  },
  amendment: ({ words, chain, book }) => amendmentDigest(bytesOf(words), chain, book),
  signer: ({ hash, signature }) => signerOf(hash, signature),
  transaction: ({ raw }) => {
    const { data, ...rest } = transactionOf(raw);
    return { ...rest, data: hexOf(data) };
  },
  force: ({ data, words, amends }) => putsIntoForce(bytesOf(data), bytesOf(words), amends),
};

for (const line of readFileSync(questions, "utf8").split("\n").filter(Boolean)) {
  const { ask, ...given } = JSON.parse(line);
  console.log(JSON.stringify(ANSWERS[ask](given)));
}
