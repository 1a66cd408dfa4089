#!/usr/bin/env node
// In a checkout the sources run as they are (Node strips the types); in an installed package what `npm run build` made of them.
import { existsSync } from 'node:fs';
import module from 'node:module';

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `evsebridge needs Node 24 or newer; this is ${process.version}. In a checkout, run it through npm: npm start\n`,
  );
  process.exit(1);
}
module.enableCompileCache?.();
const source = new URL('../src/main.ts', import.meta.url);
await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href);
