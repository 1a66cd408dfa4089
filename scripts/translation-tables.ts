/**
 * Writes `docs/translation/<older>-<newer>.md` out of the rows of every Translator: what maps to what, what is lost and why.
 * `--check` writes nothing and fails when a file is not what the rows say.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { between16and201 } from '../src/ocpp/translate/1.6-2.0.1/index.ts';
import { translators } from '../src/ocpp/translate/index.ts';
import type { Pairs, Row, Rows, Rule } from '../src/ocpp/translate/rows.ts';
import type { Pair, Translator } from '../src/ocpp/translate/translator.ts';
import type { Version } from '../src/ocpp/versions/index.ts';
import { configurationKeysTable } from './configuration-keys-table.ts';

/** One line of a table. */
interface Line {
  readonly older: string;
  readonly newer: string;
  readonly what: string;
}

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');
const code = (text: string): string => `\`${text}\``;

/** Enum values; those that are the same in both are only counted when there are many. */
function values(pairs: Pairs): string {
  const same = pairs.filter(([older, newer]) => older === newer).map(([older]) => `${older}`);
  const changed = pairs.filter(([older, newer]) => older !== newer);
  const arrows = changed.map(([older, newer]) => `${older ?? '(none)'} ↔ ${newer ?? '(none)'}`);
  return [...(same.length === 0 ? [] : [`same: ${same.join(', ')}`]), ...arrows].join('; ');
}

function widened(pairs: Pairs): string {
  const said = pairs.map(([older, newer]) => `${newer} → ${older ?? '(none)'}`);
  return `same, but for the newer ${said.join(', ')}`;
}

function describe(rule: Rule): string {
  switch (rule.kind) {
    case 'same':
      return 'same';
    case 'table': {
      const { up, down } = rule.unknown;
      const others = [
        ...(up === undefined ? [] : [`others up: ${up}`]),
        ...(down === undefined ? [] : [`others down: ${down}`]),
      ];
      return [values(rule.pairs), ...others].join('; ');
    }
    case 'widened':
      return widened(rule.pairs);
    case 'convert':
      return rule.pairs === undefined ? rule.name : `${rule.name} (${values(rule.pairs)})`;
    case 'lost':
      return `**lost**: ${rule.reason}`;
    case 'derived':
    case 'procedure':
      return rule.kind === 'derived' ? rule.how : `procedure: ${rule.how}`;
    case 'object':
    case 'list': {
      const before = rule.up !== undefined || rule.down !== undefined ? ', some of it left out or joined first' : '';
      return `${rule.kind === 'list' ? 'item by item' : 'field by field'}${before}`;
    }
  }
}

/** Rows that several messages share are printed with the first of them: where that was. */
type Printed = Map<Rows, string>;
/** Shared rows of fewer lines than this are printed every time. */
const FEW = 4;

function lines(rows: Rows, place: string, printed: Printed, depth = 0): readonly Line[] {
  return rows.rows.flatMap(({ older, newer, rule }: Row): readonly Line[] => {
    const named = (name: string | null): string => (name === null ? '' : `${'· '.repeat(depth)}\`${name}\``);
    const line = (what: string): Line => ({ older: named(older), newer: named(newer), what });
    if (rule.kind !== 'object' && rule.kind !== 'list') return [line(describe(rule))];
    const known = printed.get(rule.rows);
    if (known !== undefined) return [line(`${describe(rule)}, as in ${known}`)];
    const inner = lines(rule.rows, place, printed, depth + 1);
    if (inner.length >= FEW) printed.set(rule.rows, place);
    return [line(describe(rule)), ...inner];
  });
}

function table(
  title: string,
  rows: Rows,
  action: string,
  { older, newer }: Translator,
  printed: Printed,
): readonly string[] {
  const found = lines(rows, action, printed);
  if (found.length === 0) return rows.rest === 'same' ? [`${title}: the same.`, ''] : [`${title}: empty.`, ''];
  return [
    `${title}${rows.rest === 'same' ? ' (the same, but for):' : ':'}`,
    '',
    `| ${older.name} | ${newer.name} | how |`,
    '|---|---|---|',
    ...found.map((line) => `| ${line.older} | ${line.newer} | ${escaped(line.what)} |`),
    '',
  ];
}

const initiators = { station: 'station → CSMS', csms: 'CSMS → station', both: 'both ways' } as const;

function section(pair: Pair, between: Translator, printed: Printed): readonly string[] {
  const { older, newer } = pair;
  const title = older === newer ? `${older}` : `${older ?? '(none)'} ↔ ${newer ?? '(none)'}`;
  const procedures = [
    ...(pair.up === undefined ? [] : [`towards ${between.newer.name}`]),
    ...(pair.down === undefined ? [] : [`towards ${between.older.name}`]),
  ];
  return [
    `### ${title}`,
    '',
    `${initiators[pair.initiator]}${procedures.length === 0 ? '' : `; with a procedure ${procedures.join(' and ')}`}.`,
    ...(pair.note === undefined ? [] : ['', escaped(pair.note)]),
    '',
    // An Action that only one Version has, and that no row speaks of, is all said in its note.
    ...(pair.request.rows.length === 0 && (older === null || newer === null)
      ? []
      : table('Request', pair.request, title, between, printed)),
    ...(pair.response.rows.length === 0 && (older === null || newer === null)
      ? []
      : table('Response', pair.response, title, between, printed)),
  ];
}

const untranslated = (version: Version, named: ReadonlySet<string | null>): readonly string[] =>
  [...version.actions.keys()].filter((action) => !named.has(action)).toSorted();

/** The whole page of one Translator. */
function page(between: Translator): string {
  const { older, newer, pairs } = between;
  const printed: Printed = new Map();
  const missing = (['older', 'newer'] as const).map((age) => {
    const left = untranslated(between[age], new Set(pairs.map((pair) => pair[age])));
    return left.length === 0
      ? `- OCPP ${between[age].name}: none; every Action is translated.`
      : `- OCPP ${between[age].name}: ${left.map(code).join(', ')}`;
  });
  const text = [
    `# OCPP ${older.name} ↔ ${newer.name}`,
    '',
    '<!-- Made by scripts/translation-tables.ts out of src/ocpp/translate; do not edit. -->',
    '',
    `What becomes of every field between OCPP ${older.name} and ${newer.name}. A row is read from left to right when a message travels`,
    `towards ${newer.name} ("up"), from right to left when it travels towards ${older.name} ("down"); responses go the other way than their requests.`,
    '**lost** means that the field does not cross, and why; each loss is reported once per station. Where a table says "the same, but for",',
    'all other fields cross unchanged; a dot before a name means that it is inside of what stands above it. A procedure is what needs more than one message, or memory, or may be answered by the gateway itself.',
    '',
    '## Not translated',
    '',
    'A Call of one of these Actions is refused with NotSupported, never dropped silently.',
    '',
    ...missing,
    '',
    '## Actions',
    '',
    ...pairs.flatMap((pair) => section(pair, between, printed)),
    ...(between === between16and201 ? configurationKeysTable() : []),
  ];
  return `${text.join('\n').trimEnd()}\n`;
}

const folder = join(import.meta.dirname, '../docs/translation');
const check = process.argv.includes('--check');
const stale: string[] = [];
mkdirSync(folder, { recursive: true });
for (const between of translators) {
  const file = join(folder, `${between.older.name}-${between.newer.name}.md`);
  const text = page(between);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (check) stale.push(file);
  else writeFileSync(file, text);
}
if (stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}\nRun: node scripts/translation-tables.ts`);
  process.exitCode = 1;
}
