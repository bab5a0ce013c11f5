// Asks the real graphql-js what it says to each document of graphql_js.json, and writes
// that down there. The tests hold the emulator to it; they need no Node themselves.
//
//   cd tests/emulators && npm install --no-save graphql@16.15.0 graphql-scalars
//   node graphql_js.mjs

import { readFileSync, writeFileSync } from "node:fs";
import {
  buildSchema,
  execute,
  getOperationAST,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { getVariableValues } from "graphql/execution/values.js";
import { GraphQLDateTime } from "graphql-scalars";

const beside = (path) => new URL(path, import.meta.url);
const schema = buildSchema(
  readFileSync(beside("../../emulators/buffer/schema.graphql"), "utf8"),
);
const date = schema.getType("DateTime");
date.parseValue = GraphQLDateTime.parseValue;
date.parseLiteral = GraphQLDateTime.parseLiteral;

function problems({ query, variables = {}, operation }) {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return [error];
  }
  const invalid = validate(schema, document, specifiedRules);
  if (invalid.length) return invalid;
  const chosen = getOperationAST(document, operation);
  if (!chosen) return execute({ schema, document, operationName: operation }).errors;
  const definitions = chosen.variableDefinitions ?? [];
  return getVariableValues(schema, definitions, variables).errors ?? [];
}

const path = beside("graphql_js.json");
const cases = JSON.parse(readFileSync(path, "utf8")).map((one) => ({
  ...one,
  errors: problems(one).map(({ message, locations }) => ({
    message,
    locations: (locations ?? []).map(({ line, column }) => [line, column]),
  })),
}));
const ascii = (one) =>
  JSON.stringify(one).replace(
    /[\u007f-\uffff]/g,
    (sign) => "\\u" + sign.charCodeAt(0).toString(16).padStart(4, "0"),
  );
writeFileSync(path, "[\n" + cases.map(ascii).join(",\n") + "\n]\n");
