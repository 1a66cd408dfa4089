/** A {@link Report} for people: what came, step by step what became of it, what goes. */
import type { FieldTrace, TraceStep } from '../ocpp/index.ts';
import type { Event, Report } from './run.ts';

/** Marks a text for the eye; the identity where there is no colour. */
export type Paint = (style: 'bold' | 'dim' | 'cyan' | 'green' | 'yellow' | 'red', text: string) => string;

const names = { station: 'station', csms: 'CSMS' } as const;
const otherSide = { station: 'csms', csms: 'station' } as const;

/** Longest text of a value that is shown whole. */
const VALUE = 60;
/** Of fields that are alike (of the items of one list) so many are shown. */
const ALIKE = 3;
const WIDTH = 110;

/** @param columns of the terminal; `Infinity` for a file */
export function reportText(report: Report, paint: Paint, columns: number): string {
  const { from, to, side, place, mended, events, answer, end, waitsUntil } = report;
  const lines = [
    paint(
      'bold',
      `OCPP ${from} → ${to}, ${names[side]} → ${names[otherSide[side]]}${place === undefined ? '' : ` (${place})`}`,
    ),
    '',
    ...arrow(paint, 'cyan', `from the ${from} ${names[side]}`, report.frame),
    ...(mended === undefined
      ? []
      : [
          ...mended.complaints.map((complaint) => paint('yellow', `  ! ${complaint}`)),
          `  ${paint('yellow', `mended (${mended.deviations.join(', ')}), read as:`)} ${JSON.stringify(mended.payload)}`,
        ]),
    '',
    ...events.flatMap((event) => eventLines(event, paint, columns)),
    ...(answer === undefined ? [] : [...arrow(paint, 'green', `answer to the ${from} ${names[side]}`, answer), '']),
    paint(end === 'translated' || end === 'answered' ? 'green' : 'red', endings[end]),
    ...(waitsUntil === undefined ? [] : [`More is to be done at ${waitsUntil}; with --state it is kept until then.`]),
  ];
  return `${lines.join('\n')}\n`;
}

const endings: Readonly<Record<Report['end'], string>> = {
  translated: 'Translated.',
  answered: 'Answered without a Call to the other side.',
  refused: 'Refused: it cannot be said in the other version.',
  failed: 'Translated; the answers that were given make it fail.',
  invalid: 'Not valid: a defect of the translation. Please report it with the message.',
};

const arrow = (paint: Paint, style: 'cyan' | 'green', what: string, frame: string): readonly string[] => [
  paint(style, `→ ${what}`),
  `  ${frame}`,
];

function eventLines(event: Event, paint: Paint, columns: number): readonly string[] {
  switch (event.kind) {
    case 'step':
      return [...stepLines(event, paint, columns), ''];
    case 'sent':
      return [...arrow(paint, 'cyan', `to the ${event.version} ${names[event.to]}`, event.frame), ''];
    case 'received': {
      const by = event.by === 'given' ? '' : ', smallest valid answer';
      return [
        ...arrow(
          paint,
          'green',
          `answer of the ${event.version} ${names[event.from]}${by}`,
          event.frame ?? 'none in time',
        ),
        '',
      ];
    }
    case 'byItself':
      return [paint('bold', 'By itself, after the answer:'), ''];
    case 'invalid':
      return [
        paint('red', `  not valid in OCPP ${event.version}, and not sent: ${event.message.action}`),
        `  ${JSON.stringify(event.message.payload)}`,
        ...event.complaints.map((complaint) => paint('red', `  ! ${complaint}`)),
        '',
      ];
  }
}

function stepLines(step: TraceStep, paint: Paint, columns: number): readonly string[] {
  const { dropped, asked, fields, note } = step;
  const isCall = 'call' in step.given;
  // The rows of lost fields say the same.
  const told = new Set(fields.filter(({ to }) => to === undefined).map(({ how }) => how));
  const unsaid = dropped.filter(({ reason }) => !told.has(reason));
  return [
    `${paint('bold', wayOf(step))}  ${whatOf(step)}`,
    ...(isCall && step.by === 'procedure' ? wrapped(`procedure${note === undefined ? '' : `: ${note}`}`, paint) : []),
    ...table(fields.map(cellsOf), paint, columns),
    ...(fields.length + unsaid.length + asked.length === 0 && !isCall && isEmpty(step)
      ? [paint('dim', '  empty')]
      : []),
    ...unsaid.map(({ kind, field, reason }) =>
      paint('yellow', `  ${kind === 'lost' ? 'does not cross' : 'not known'}: ${field}: ${reason}`),
    ),
    ...asked.map(
      (task) => `  will do: ${'call' in task ? `${task.call.action} to the ${names[task.side]}` : timed(task)}`,
    ),
  ];
}

const timed = ({ task, at }: { task: string; at?: number }): string =>
  at === undefined ? task : `${task}, not before ${new Date(at).toISOString()}`;

function wayOf({ older, newer, direction, given, made }: TraceStep): string {
  if (direction === undefined) return `${older} ↔ ${newer}`;
  const isAnswer = 'result' in given && !('forward' in made);
  return (direction === 'up') === isAnswer ? `${newer} → ${older}` : `${older} → ${newer}`;
}

function whatOf({ given, made, by }: TraceStep): string {
  const subject =
    'call' in given ? given.call.action : 'task' in given ? `task ${given.task}` : `${given.of.action} answer`;
  if ('forward' in made)
    return 'result' in given ? `next Call: ${made.forward.action}` : `${subject} → ${made.forward.action}`;
  if ('refuse' in made) {
    const { condition, description } = made.refuse;
    return `${subject}: ${by === 'nothing' || 'call' in given ? 'refused' : 'failed'}: ${condition}, ${description}`;
  }
  return 'call' in given ? `${subject}: answered here` : subject;
}

type Cells = readonly [from: string, to: string, value: string, how: string];

function cellsOf({ from, to, rule, before, after, how }: FieldTrace): Cells {
  const isSame = JSON.stringify(before) === JSON.stringify(after);
  // A procedure makes use of a field that goes nowhere itself.
  const isUsed = after === undefined && (rule === 'procedure' || rule === 'derived');
  // A rule that changed nothing need not be read.
  return [from ?? '', to ?? '', isUsed ? shown(before) : change(before, after), isSame ? 'same' : how];
}

function change(before: unknown, after: unknown): string {
  if (after === undefined) return `${shown(before)} ✗`;
  if (before === undefined) return `+ ${shown(after)}`;
  const [old, now] = [shown(before), shown(after)];
  return old === now ? now : `${old} → ${now}`;
}

const shown = (value: unknown): string => cut(JSON.stringify(value), VALUE);

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

const isEmpty = ({ made }: TraceStep): boolean => 'answer' in made && Object.keys(made.answer).length === 0;

/** Lines in columns; of those that differ in their list item only, the first few. */
function table(all: readonly Cells[], paint: Paint, width: number): readonly string[] {
  const groups = Map.groupBy(all, ([from, to, , how]) => `${from} ${to}`.replace(/\[\d+\]/g, '[]') + how);
  const cells = [...groups.values()].flatMap((group): readonly Cells[] => {
    if (group.length <= ALIKE) return group;
    return [...group.slice(0, ALIKE - 1), ['', '', `… and ${group.length - ALIKE + 1} more`, '']];
  });
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((row) => (row[column] as string).length)));
  return cells.map(([from, to, value, how]) => {
    const [a = 0, b = 0, c = 0] = widths;
    const columns = `  ${from.padEnd(a)}  ${to.padEnd(b)}  ${value.padEnd(c)}`;
    const room = Math.max(20, width - columns.length - 2);
    return how === '' ? columns.trimEnd() : `${columns}  ${paint('dim', cut(how, room))}`;
  });
}

function wrapped(text: string, paint: Paint): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > WIDTH - 2) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `  ${paint('dim', each)}`);
}

/** A {@link Report} for programs, on one line: the same, with frames as JSON. */
export function reportJson(report: Report): string {
  const { frame, answer, events, ...rest } = report;
  return JSON.stringify({
    ...rest,
    frame: JSON.parse(frame),
    events: events.map((event) =>
      'frame' in event ? { ...event, frame: event.frame === undefined ? null : JSON.parse(event.frame) } : event,
    ),
    ...(answer === undefined ? {} : { answer: JSON.parse(answer) }),
  });
}
