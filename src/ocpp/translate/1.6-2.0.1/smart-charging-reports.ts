/** Block K, Smart charging: what 1.6 has no messages for. Reports of profiles, limits from elsewhere, the needs of EVs. */
import type { Context } from '../context.ts';
import { answer, forward, forwardAll, type Outcome, type Payload } from '../outcome.ts';
import { lost, procedure, row, rows } from '../rows.ts';
import { task } from '../tasks.ts';
import type { Pair } from '../translator.ts';
import { noCustomData, noStatusInfo } from './common-rows.ts';
import { refusal } from './fan-out.ts';
import {
  forgetProfile,
  hasRoom,
  type InstalledProfile,
  installedProfiles,
  profilesBy,
  rememberProfile,
} from './smart-charging-registry.ts';
import { isUnknown } from './topology.ts';

/** Who set the profiles that are remembered here. */
const SOURCE = 'CSO';

// -------------------------------------------------------------------------------- a 2.x CSMS asks for profiles of 1.6

interface Criterion {
  readonly chargingProfilePurpose?: string;
  readonly stackLevel?: number;
  readonly chargingProfileId?: readonly number[];
  readonly chargingLimitSource?: readonly string[];
}

/** The profiles that a GetChargingProfiles asks for. */
function askedFor(request: Payload, context: Context): readonly InstalledProfile[] {
  const evseId = request.evseId as number | undefined;
  const { chargingProfileId: ids, chargingLimitSource: sources, ...criteria } = request.chargingProfile as Criterion;
  if (sources !== undefined && !sources.includes(SOURCE)) return [];
  return profilesBy({ evseId, ...criteria }, context).filter(({ profile }) => ids?.includes(profile.id) ?? true);
}

const REPORT = 'report charging profiles';

/** A report per EVSE (all the profiles have one source), `tbc` but for the last (K09.FR.02). */
const report = task<Payload>('csms', (request, context) => {
  const found = Map.groupBy(askedFor(request, context), ({ evseId }) => evseId);
  const reports = [...found].map(([evseId, entries], index) => ({
    action: 'ReportChargingProfiles',
    payload: {
      requestId: request.requestId,
      chargingLimitSource: SOURCE,
      evseId,
      chargingProfile: entries.map(({ profile }) => profile),
      tbc: index < found.size - 1,
    },
  }));
  return forwardAll(reports, () => answer({}));
});

const fromRegistry = procedure('chosen from the profiles that are remembered here');

export const getChargingProfiles: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'GetChargingProfiles',
  note: 'Answered from the profiles that the station accepted, as they were set; a ReportChargingProfiles per EVSE follows. None: NoProfiles.',
  request: rows(
    row(null, 'requestId', procedure('stands in the reports')),
    row(null, 'evseId', fromRegistry),
    row(null, 'chargingProfile.chargingProfilePurpose', fromRegistry),
    row(null, 'chargingProfile.stackLevel', fromRegistry),
    row(null, 'chargingProfile.chargingProfileId', fromRegistry),
    row(null, 'chargingProfile.chargingLimitSource', procedure('all of them are of the CSO')),
    row(null, 'chargingProfile.customData', lost('1.6 has no customData')),
    noCustomData,
  ),
  response: rows(row(null, 'status', procedure('Accepted, or NoProfiles')), noStatusInfo, noCustomData),
  down(request, context) {
    const evseId = request.evseId as number | undefined;
    if (evseId !== undefined && isUnknown(evseId, undefined, context)) return refusal('NoProfiles', 'UnknownEvse');
    if (askedFor(request, context).length === 0) return answer({ status: 'NoProfiles' });
    context.later(REPORT, String(request.requestId), request);
    return answer({ status: 'Accepted' });
  },
};

// ------------------------------------------------------------------------------- a 2.x station tells a CSMS of 1.6

const TABLE = 'profileResync';

/** A report that was asked for: what was known before it, and what it told so far. */
interface Resync {
  readonly requestId: number;
  readonly known: readonly number[];
  readonly told: readonly number[];
}

const RESYNC = 'ask for charging profiles';

/** Has the station asked which profiles it has: 1.6 replaces profiles of a level, so all of them have to be known. */
export const resyncProfiles = (context: Context): void => context.later(RESYNC, '', {});

/** After a boot: the station may have lost what is known of it, or may have profiles from an earlier life. */
export function resyncAfterBoot(context: Context): void {
  if (context.state.size(TABLE) === 0 || installedProfiles(context).length > 0) resyncProfiles(context);
}

const resync = task('station', (_data, context) => {
  const requestId = (context.state.get<number>('counter', 'profileReport') ?? 0) + 1;
  context.state.set('counter', 'profileReport', requestId);
  const known = installedProfiles(context).map(({ profile }) => profile.id as number);
  context.state.set(TABLE, 'asked', { requestId, known, told: [] } satisfies Resync);
  const request = { requestId, chargingProfile: { chargingLimitSource: [SOURCE] } };
  return forward('GetChargingProfiles', request, ({ status }) => {
    if (status === 'NoProfiles') for (const id of known) forgetProfile(id, context);
    return answer({});
  });
});

function takeReport(request: Payload, context: Context): Outcome {
  if (request.chargingLimitSource !== SOURCE) return answer({});
  const profiles = request.chargingProfile as readonly Payload[];
  for (const profile of profiles) {
    if (hasRoom(profile, context)) rememberProfile({ evseId: request.evseId as number, profile }, context);
    else context.lost('chargingProfile', 'more profiles than are remembered here');
  }
  const asked = context.state.get<Resync>(TABLE, 'asked');
  if (asked === undefined || asked.requestId !== request.requestId) return answer({});
  const told = [...asked.told, ...profiles.map(({ id }) => id as number)];
  if (request.tbc === true) context.state.set(TABLE, 'asked', { ...asked, told: told.slice(-1000) } satisfies Resync);
  else {
    for (const id of asked.known) if (!told.includes(id)) forgetProfile(id, context);
    context.state.set(TABLE, 'asked', { requestId: 0, known: [], told: [] } satisfies Resync);
  }
  return answer({});
}

const remembered = procedure('remembered, so that what 1.6 replaces can be cleared first');

export const reportChargingProfiles: Pair = {
  initiator: 'station',
  older: null,
  newer: 'ReportChargingProfiles',
  note: 'Answered here: the report corrects what is remembered of the station’s profiles. It is asked for after a boot, and when the station refuses a profile as a duplicate.',
  request: rows(
    row(null, 'requestId', procedure('tells the report that was asked for here')),
    row(null, 'chargingLimitSource', procedure('CSO; other reports are answered and left')),
    row(null, 'chargingProfile', remembered),
    row(null, 'evseId', remembered),
    row(null, 'tbc', procedure('after the last report, what none of them told is forgotten')),
    noCustomData,
  ),
  response: rows(noCustomData),
  down: takeReport,
};

const none = '1.6 has no such message';

/** What a station tells and 1.6 has no message for: answered here, its fields noted as lost. */
const untold = (action: string, fields: readonly string[], response: Payload, note: string): Pair => ({
  initiator: 'station',
  older: null,
  newer: action,
  note,
  request: rows(...fields.map((field) => row(null, field, lost(none))), noCustomData),
  response:
    response.status === undefined
      ? rows(noCustomData)
      : rows(row(null, 'status', procedure(`always ${response.status}`)), noStatusInfo, noCustomData),
  down(_request, context) {
    context.lost('message', none);
    return answer(response);
  },
});

export const notifyChargingLimit = untold(
  'NotifyChargingLimit',
  ['evseId', 'chargingLimit', 'chargingSchedule'],
  {},
  'Answered here: 1.6 has no message for limits from elsewhere.',
);

export const clearedChargingLimit = untold(
  'ClearedChargingLimit',
  ['evseId', 'chargingLimitSource'],
  {},
  'Answered here: 1.6 has no message for limits from elsewhere.',
);

export const notifyEVChargingNeeds = untold(
  'NotifyEVChargingNeeds',
  ['evseId', 'maxScheduleTuples', 'chargingNeeds'],
  { status: 'Rejected' },
  'Answered here with Rejected: a CSMS of 1.6 makes no schedule for it, and the station uses its TxDefaultProfile.',
);

export const notifyEVChargingSchedule = untold(
  'NotifyEVChargingSchedule',
  ['timeBase', 'evseId', 'chargingSchedule'],
  { status: 'Accepted' },
  'Answered here with Accepted: a CSMS of 1.6 has nothing to say against it.',
);

export const reportTasks = { [REPORT]: report, [RESYNC]: resync };
