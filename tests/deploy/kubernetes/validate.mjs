// Custom resources against the schemas that their projects publish: a list of them on stdin, as
// JSON; what is wrong with them on stdout. The schemas are validators in npm's @kubernetes-models.
//
// They let pass fields that they do not know, as a cluster does, which then drops them. So we watch
// them at work: of an object whose fields are looked for, a field that nobody looks for is unknown.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const models = join(process.argv[2], "node_modules/@kubernetes-models");

async function modelOf({ apiVersion, kind }) {
  for (const project of readdirSync(models)) {
    const file = join(models, project, apiVersion, `${kind}.js`);
    if (existsSync(file)) return (await import(pathToFileURL(file)))[kind];
  }
}

function watched(value, path, looks) {
  if (value === null || typeof value !== "object") return value;
  const look = { value, path, at: new Set(), all: Array.isArray(value) };
  looks.push(look);
  const children = new Map();
  return new Proxy(value, {
    get(target, name) {
      if (typeof name === "symbol") return target[name];
      look.at.add(name);
      if (!children.has(name)) children.set(name, watched(target[name], `${path}.${name}`, looks));
      return children.get(name);
    },
    ownKeys(target) {
      look.all = true;
      return Reflect.ownKeys(target);
    },
  });
}

async function faults(manifest) {
  const Model = await modelOf(manifest);
  if (!Model) return ["nobody publishes a schema"];
  const looks = [];
  const model = new Model(manifest);
  model.spec = watched(manifest.spec, "spec", looks);
  try {
    model.validate();
  } catch (error) {
    return [error.message];
  }
  return looks
    .filter((look) => look.at.size && !look.all)
    .flatMap(({ value, path, at }) =>
      Object.keys(value).filter((name) => !at.has(name)).map((name) => `${path}.${name} is unknown`));
}

const wrong = {};
for (const manifest of JSON.parse(readFileSync(0))) {
  const found = await faults(manifest);
  if (found.length) wrong[`${manifest.kind} ${manifest.metadata.name}`] = found;
}
console.log(JSON.stringify(wrong));
