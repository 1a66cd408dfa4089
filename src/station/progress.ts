import type { FleetFigures } from './fleet.ts';

/** A stream to write to; on a terminal one line is written over and over. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

export interface Reporter {
  progress(figures: FleetFigures): void;
  /** @param seconds it took @param failures what went wrong */
  summary(figures: FleetFigures, seconds: number, failures: readonly string[]): void;
}

/** ms between lines where they cannot be overwritten. */
const LINE_EVERY = 5000;

const kWh = (wattHours: number): string => (wattHours / 1000).toFixed(wattHours < 100_000 ? 2 : 0);
const errorsOf = ({ problems }: FleetFigures): number => [...problems.values()].reduce((sum, count) => sum + count, 0);

const line = (figures: FleetFigures): string =>
  [
    `connected ${figures.connected}/${figures.stations}`,
    `charging ${figures.charging}`,
    `transactions ${figures.ended}`,
    `messages ${figures.sent + figures.received}`,
    `refused ${figures.sessions.refused}`,
    `errors ${errorsOf(figures)}`,
    `${kWh(figures.energyWh)} kWh`,
  ].join(' · ');

const asJson = (kind: string, figures: FleetFigures, more: object = {}): string =>
  `${JSON.stringify({
    kind,
    ...figures,
    errors: errorsOf(figures),
    problems: Object.fromEntries(figures.problems),
    refusedTokens: Object.fromEntries(figures.refusedTokens),
    ...more,
  })}\n`;

const text = ({ stdout, stderr }: { stdout: Output; stderr: Output }): Reporter => {
  const terminal = stdout.isTTY === true;
  let shown = '';
  let shownAt = 0;
  return {
    progress(figures) {
      const now = Date.now();
      const next = line(figures);
      if (next === shown || (!terminal && now - shownAt < LINE_EVERY)) return;
      shown = next;
      shownAt = now;
      stdout.write(terminal ? `\r\x1b[2K${next}` : `${next}\n`);
    },
    summary(figures, seconds, failures) {
      stdout.write(`${terminal ? '\r\x1b[2K' : ''}${line({ ...figures, connected: figures.everConnected })}\n`);
      const { sent, received, ended } = figures;
      stdout.write(
        `${ended} transactions, ${kWh(figures.energyWh)} kWh, ${sent} messages sent and ${received} received in ${seconds.toFixed(1)} s\n`,
      );
      for (const failure of failures) stderr.write(`${failure}\n`);
    },
  };
};

const json = ({ stdout }: { stdout: Output }): Reporter => {
  let shownAt = 0;
  return {
    progress(figures) {
      if (Date.now() - shownAt < LINE_EVERY) return;
      shownAt = Date.now();
      stdout.write(asJson('progress', figures));
    },
    summary: (figures, seconds, failures) => void stdout.write(asJson('summary', figures, { seconds, failures })),
  };
};

const quiet = ({ stderr }: { stderr: Output }): Reporter => ({
  progress() {},
  summary(_figures, _seconds, failures) {
    for (const failure of failures) stderr.write(`${failure}\n`);
  },
});

/** Shows how a simulation goes: as a status line, as lines, as JSON or not at all. */
export function reporter(
  options: { readonly quiet?: boolean | undefined; readonly json?: boolean | undefined },
  io: { readonly stdout: Output; readonly stderr: Output },
): Reporter {
  if (options.json) return json(io);
  return options.quiet ? quiet(io) : text(io);
}
