// Reads pages as JSON lines {name, before, after} and says of each whether the tree of `after`, as parse5 builds it,
// is that of `before` without whole nodes. Adjacent texts count as one, white space is folded.
import fs from "node:fs";
import { parse } from "parse5";

const BLANK = /[\s\u0085\u001c-\u001f\u200b\u200c\u200d\u2060\ufeff\u00ad]+/g;

// The name of a node with all that is its own, and its children.
function simple(node) {
  if (node.nodeName === "#comment") return { name: "!" + node.data, children: [] };
  const attributes = (node.attrs ?? []).map((one) => [one.name, one.value]);
  const children = [];
  let text = "";
  const settle = () => {
    const said = text.replace(BLANK, " ").trim();
    text = "";
    if (said) children.push({ name: "#" + said, children: [] });
  };
  for (const child of node.content ? [node.content] : (node.childNodes ?? [])) {
    if (child.nodeName === "#text") {
      text += child.value;
    } else {
      settle();
      children.push(simple(child));
    }
  }
  settle();
  return { name: "<" + node.nodeName + JSON.stringify(attributes), children };
}

// How many nodes went; -1 if that is not all that happened.
function gone(before, after) {
  if (before.name !== after.name) return -1;
  let at = 0;
  let count = 0;
  for (const child of before.children) {
    const inside = at < after.children.length ? gone(child, after.children[at]) : -1;
    if (inside < 0) {
      count++;
    } else {
      count += inside;
      at++;
    }
  }
  return at === after.children.length ? count : -1;
}

for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { name, before, after } = JSON.parse(line);
  console.log(JSON.stringify({ name, gone: gone(simple(parse(before)), simple(parse(after))) }));
}
