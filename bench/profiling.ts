/** A V8 CPU profile, added up. */

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  /** Node ids. */
  readonly samples: readonly number[];
  /** µs before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly name: string;
  /** File and line, without what comes before the package. */
  readonly place: string;
  /** Of the function; of a builtin, that of the nearest caller that has one. */
  readonly url: string;
  readonly microseconds: number;
}

/** The first rule that fits `<url> <function>` names the part. */
const parts: readonly (readonly [part: string, fits: RegExp])[] = [
  ['garbage collection', / \(garbage collector\)$/],
  ['native code and system calls', / \((program|root)\)$/],
  ['writing to sockets', / (writev|writeBuffer|write(Utf8|Latin1|Ascii)String|shutdown)$/],
  ['pg client', /node_modules\/pg/],
  ['embedded database', /node_modules\/@electric-sql/],
  ['ws', /node_modules\/ws\//],
  ['validate', /src\/ocpp\/(generated|validate|formats|tolerance)/],
  ['translate', /src\/ocpp\/translate/],
  ['parse and encode frames', /src\/ocpp\/rpc/],
  ['ocpp, other', /src\/ocpp\//],
  ['decide', /src\/csms\//],
  ['gateway', /src\/gateway\//],
  ['store: journal, batches', /src\/storage\//],
  ['transport', /src\/transport\//],
  ['events', /src\/events\//],
  ['API', /src\/api\//],
  [
    'node: sockets and streams',
    /node:(internal\/(stream|streams|net|tty|js_stream)|net|stream|_stream|internal\/stream_base)/,
  ],
  ['node: timers, ticks, promises', /node:internal\/(timers|process|async_hooks|promise)/],
  ['node: workers and messages', /node:internal\/(worker|per_context|event_target|structured)/],
  ['node: other', /^node:/],
  ['other packages', /node_modules\//],
  ['engine builtins', /^ /],
];

/** Self time of every function, longest first; idle time is left out. */
export function selfTimes(profile: CpuProfile): SelfTime[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const callers = new Map(
    profile.nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id] as const)),
  );
  const ownerUrl = (id: number | undefined): string => {
    for (let at = id; at !== undefined; at = callers.get(at)) {
      const url = frames.get(at)?.url ?? '';
      if (url !== '') return url;
    }
    return '';
  };
  const times = new Map<string, { name: string; place: string; url: string; microseconds: number }>();
  profile.samples.forEach((id, index) => {
    const frame = frames.get(id);
    // A sample's time is what passes until the next one.
    const spent = profile.timeDeltas[index + 1] ?? 0;
    if (frame === undefined || frame.functionName === '(idle)') return;
    const { functionName, lineNumber } = frame;
    const url = ownerUrl(id);
    const key = `${functionName}|${url}|${lineNumber}`;
    const known = times.get(key);
    if (known === undefined) {
      const place =
        url === '' ? '' : `${url.replace(/^file:\/\/.*?\/(?=(src|node_modules|dist)\/)/, '')}:${lineNumber + 1}`;
      times.set(key, { name: functionName === '' ? '(anonymous)' : functionName, place, url, microseconds: spent });
    } else known.microseconds += spent;
  });
  return [...times.values()].toSorted((a, b) => b.microseconds - a.microseconds);
}

export function groupTimes(times: readonly SelfTime[]): { readonly group: string; readonly microseconds: number }[] {
  const groups = new Map<string, number>();
  for (const { name, url, microseconds } of times) {
    const group = parts.find(([, fits]) => fits.test(`${url} ${name}`))?.[0] ?? 'other';
    groups.set(group, (groups.get(group) ?? 0) + microseconds);
  }
  return [...groups]
    .map(([group, microseconds]) => ({ group, microseconds }))
    .toSorted((a, b) => b.microseconds - a.microseconds);
}
