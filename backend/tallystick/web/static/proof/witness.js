// A bag of byte strings looked up by their own hash. Nothing in it is believed: what a trusted hash
// leads to is what it says, and a changed byte is a missing entry.
import { bigOf, bytesOf, hexOf, keccak, numberOf, refuse } from "./bytes.js";
import { decode } from "./rlp.js";

const EMPTY = new Uint8Array();

export class Witness {
  constructor(entries) {
    this.byHash = new Map();
    for (const entry of entries) {
      const bytes = bytesOf(entry);
      this.byHash.set(hexOf(keccak(bytes)), bytes);
    }
  }

  header(hash, what) {
    const encoded = this.byHash.get(hash) ?? refuse(`the header of ${what} is missing or was changed`);
    const members = decode(encoded);
    if (!Array.isArray(members) || members.length < 15) refuse("a header has too few members");
    for (const place of [0, 3, 5]) hashSized(members[place]);
    return {
      hash,
      parent: hexOf(members[0]),
      stateRoot: members[3],
      receiptsRoot: members[5],
      number: numberOf(members[8]),
      timestamp: numberOf(members[11]),
    };
  }

  // Value of a key in the trie with this root; empty when absent.
  lookup(root, key, what) {
    const path = nibbles(key);
    let node = this.node(root, what);
    for (let at = 0; ; ) {
      if (!Array.isArray(node)) return node.length ? refuse(`a node on the way to ${what} is none`) : EMPTY;
      let next;
      if (node.length === 17) {
        if (at === path.length) return leaf(node[16], what);
        next = node[path[at]];
        at += 1;
      } else if (node.length === 2 && !Array.isArray(node[0])) {
        const [part, isLeaf] = compact(node[0], what);
        const fits = part.every((nibble, i) => path[at + i] === nibble);
        if (isLeaf) return fits && at + part.length === path.length ? leaf(node[1], what) : EMPTY;
        if (!fits) return EMPTY;
        next = node[1];
        at += part.length;
      } else {
        refuse(`a node on the way to ${what} is none`);
      }
      // a node shorter than a hash stands in its parent itself
      node = Array.isArray(next) ? next : next.length === 0 ? EMPTY : this.node(next, what);
    }
  }

  node(hash, what) {
    const encoded = this.byHash.get(hexOf(hash));
    return decode(encoded ?? refuse(`a node on the way to ${what} is missing or was changed`));
  }

  account(stateRoot, address, what) {
    const value = this.lookup(stateRoot, keccak(address), what);
    const members = value.length ? decode(value) : refuse(`there is no account of ${what}`);
    if (!Array.isArray(members) || members.length !== 4) refuse(`the account of ${what} is none`);
    return { storageRoot: hashSized(members[2]), codeHash: hexOf(hashSized(members[3])) };
  }

  code(stateRoot, address, what) {
    const { codeHash } = this.account(stateRoot, address, what);
    return this.byHash.get(codeHash) ?? refuse(`the code of ${what} is missing or was changed`);
  }

  word(storageRoot, key, what) {
    const value = this.lookup(storageRoot, keccak(key), what);
    if (!value.length) return 0n;
    const bytes = decode(value);
    return Array.isArray(bytes) || bytes.length > 32 ? refuse(`${what} cannot be read`) : bigOf(bytes);
  }
}

function hashSized(bytes) {
  return !Array.isArray(bytes) && bytes.length === 32 ? bytes : refuse("a hash has the wrong size");
}

function leaf(value, what) {
  return Array.isArray(value) ? refuse(`a node on the way to ${what} is none`) : value;
}

function nibbles(bytes) {
  return Array.from(bytes).flatMap((byte) => [byte >> 4, byte & 15]);
}

// Hex-prefix encoding: the nibbles of a path, and whether it ends in a leaf.
function compact(bytes, what) {
  const all = nibbles(bytes);
  const flag = all[0] ?? 4;
  if (flag > 3 || (flag % 2 === 0 && all[1] !== 0)) refuse(`a node on the way to ${what} is none`);
  return [all.slice(flag % 2 ? 1 : 2), flag >= 2];
}
