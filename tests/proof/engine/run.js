// Runs a room with known words: node run.js MODULE ROOM < [[word, ...], ...]
//
// Prints for each list of words how the run ended ("end", "assume" when an assumption was not met, or the trap's
// message), what was said ([kind, number, holds], ...), how many words were drawn, and, when a range [from, to) is
// given as a third argument, that part of memory in hexadecimal. A fourth is the mutant that is on (mutated.py).
"use strict";
const fs = require("fs");
const [file, room, range, on] = process.argv.slice(2);
const [from, to] = range ? range.split("-").map(Number) : [0, 0];
const module_ = new WebAssembly.Module(fs.readFileSync(file));

class NotAssumed extends Error {}

function run(words) {
  let drawn = 0;
  const said = [];
  const env = {
    any_word: () => words[drawn++] | 0,
    assume: (holds) => {
      if (!holds) throw new NotAssumed();
    },
    check: (rule, holds) => said.push(["rule", rule, holds !== 0]),
    mutant: (number) => (number === Number(on) ? 1 : 0),
    cover: (number, met) => said.push(["cover", number, met !== 0]),
  };
  const instance = new WebAssembly.Instance(module_, { env });
  let end = "end";
  try {
    instance.exports[room]();
  } catch (error) {
    if (error instanceof NotAssumed) end = "assume";
    else if (error instanceof WebAssembly.RuntimeError) end = error.message;
    else throw error;
  }
  const memory = range ? Buffer.from(instance.exports.memory.buffer.slice(from, to)).toString("hex") : "";
  return [end, said, drawn, memory];
}

console.log(JSON.stringify(JSON.parse(fs.readFileSync(0, "utf8")).map(run)));
