/** Block D, Local authorization list: SendLocalList in parts, GetLocalListVersion. */
import type { Context } from '../context.ts';
import { answer, crossed, type Failure, forward, type Outcome, type Payload } from '../outcome.ts';
import { apply, list, procedure, row, rows, same, table } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData, noStatusInfo } from './common-rows.ts';
import { mirrored, mirroredInteger } from './configuration-mirror.ts';
import { refusal } from './fan-out.ts';
import { allowedOn, type IdToken, idTagInfo, idTagInfoField, rememberEvses, toIdTag, toIdToken } from './tokens.ts';
import { connectorCount, toEvse } from './topology.ts';

const TABLE = 'localList';

/**
 * What the CSMS calls the list that the station has, and what the station calls it: parts have versions of their own. `partial`:
 * the station has some parts of a list; until it has a whole one, the CSMS is told that it has none.
 */
type Versions = { readonly csms: number; readonly station: number } | 'partial';

const versions = (context: Context): Versions | undefined => context.state.get<Versions>(TABLE, 'versions');

function saveVersions(list: Versions | undefined, context: Context): void {
  if (list === undefined) context.state.delete(TABLE, 'versions');
  else context.state.set(TABLE, 'versions', list);
}

/** A list for the far side, in entries of its form. */
interface Update {
  readonly version: number;
  readonly full: boolean;
  readonly entries: readonly Payload[];
}

/** Characters of a Call around its entries. */
const ENVELOPE = 120;

/** The entries in parts of which the station takes each at once; one part at least. */
function partsOf(entries: readonly Payload[], context: Context): readonly (readonly Payload[])[] {
  const most = (key: string): number => {
    const limit = mirroredInteger(key, context);
    return limit !== undefined && limit > 0 ? limit : Number.POSITIVE_INFINITY;
  };
  const items = most('SendLocalListMaxLength');
  const bytes = most('LocalAuthListCtrlr.BytesPerMessage');
  const parts: Payload[][] = [[]];
  let used = ENVELOPE;
  for (const entry of entries) {
    const size = JSON.stringify(entry).length + 1;
    let part = parts.at(-1) as Payload[];
    if (part.length > 0 && (part.length >= items || used + size > bytes)) {
      part = [];
      parts.push(part);
      used = ENVELOPE;
    }
    part.push(entry);
    used += size;
  }
  return parts;
}

/**
 * Sends a list, in parts where the station's limits ask for it: the first as the CSMS wants it, the others as differences
 * with rising versions. The CSMS is answered once.
 */
function send(
  update: Update,
  payload: (version: number, updateType: string, entries: readonly Payload[]) => Payload,
  answered: (status: string) => Outcome,
  failed: (failure: Failure) => Outcome,
  context: Context,
): Outcome {
  const parts = partsOf(update.entries, context);
  const known = versions(context);
  const isKnown = known !== undefined && known !== 'partial';
  const first = update.full || !isKnown ? update.version : Math.max(update.version, known.station + 1);
  // Remembered before the first part goes: should this process end before the last one, nobody takes it for the whole.
  if (parts.length > 1) saveVersions('partial', context);
  const step = (index: number): Outcome => {
    const part = parts[index];
    const version = first + index;
    if (part === undefined) {
      saveVersions({ csms: update.version, station: version - 1 }, context);
      return answered('Accepted');
    }
    return forward(
      'SendLocalList',
      payload(version, update.full && index === 0 ? 'Full' : 'Differential', part),
      ({ status }) => {
        if (status === 'Accepted') return step(index + 1);
        // What the station refuses at once leaves its list as it was.
        if (index === 0) saveVersions(known, context);
        return answered(index > 0 ? 'Failed' : (status as string));
      },
      (failure) => {
        if (index === 0 && failure.uncertain !== true) saveVersions(known, context);
        return failed(failure);
      },
    );
  };
  return step(0);
}

/** Entries by their key, the last of equal ones: a station refuses a list with duplicates. */
function unique(entries: readonly Payload[], key: (entry: Payload) => string): readonly Payload[] {
  return [...new Map(entries.map((entry) => [key(entry).toLowerCase(), entry])).values()];
}

function entryDown(entry: Payload, context: Context): Payload | undefined {
  const token = entry.idToken as IdToken;
  if (token.idToken === '' || token.type === 'NoAuthorization') {
    context.lost('localAuthorizationList', '1.6 lists tokens only');
    return undefined;
  }
  const info = entry.idTokenInfo as Payload | undefined;
  const idTag = toIdTag(token, context);
  rememberEvses(idTag, info, context);
  if (info?.personalMessage !== undefined) context.lost('personalMessage', '1.6 lists tokens without messages');
  const count = connectorCount(context);
  const evses = Array.from({ length: count }, (_, index) => toEvse(index + 1, context).id);
  if (info?.evseId !== undefined && count > 0 && !evses.some((evse) => allowedOn(idTag, evse, context))) {
    context.lost('localAuthorizationList', 'a token for no EVSE of this station is left out');
    return undefined;
  }
  return { idTag, ...(info === undefined ? {} : { idTagInfo: apply(idTagInfo, 'down', info, context) }) };
}

/** Whether a list of this version can be a difference to the one that the station has. */
function isDifference(version: number, context: Context): boolean {
  const known = versions(context);
  return known === undefined || (known !== 'partial' && version > known.csms);
}

function listDown(request: Payload, context: Context): Outcome {
  const version = request.versionNumber as number;
  const full = request.updateType === 'Full';
  // A 2.x station refuses what is not newer (2.0.1 D01.FR.19); not every 1.6 station does.
  if (!full && !isDifference(version, context)) return answer({ status: 'VersionMismatch' });
  const given = (request.localAuthorizationList as readonly Payload[] | undefined) ?? [];
  const entries = given.map((entry) => entryDown(entry, context)).filter((entry) => entry !== undefined);
  return send(
    { version, full, entries: unique(entries, ({ idTag }) => idTag as string) },
    (listVersion, updateType, part) => ({
      listVersion,
      updateType,
      ...(part.length === 0 ? {} : { localAuthorizationList: part }),
    }),
    (status) => (status === 'NotSupported' ? refusal('Failed', 'UnsupportedRequest') : answer({ status })),
    (failure) => {
      if (failure.uncertain === true) return { kind: 'refuse', failure };
      const unsupported = failure.condition === 'NotSupported' || failure.condition === 'NotImplemented';
      return refusal('Failed', unsupported ? 'UnsupportedRequest' : 'InternalError');
    },
    context,
  );
}

/** A 2.x station has said that it keeps no lists. */
const hasNoLists = (context: Context): boolean =>
  mirrored('LocalAuthListCtrlr.Available', context)?.trim().toLowerCase() === 'false';

function listUp(request: Payload, context: Context): Outcome {
  const version = request.listVersion as number;
  const full = request.updateType === 'Full';
  // 0 and -1 are answers of GetLocalListVersion, and no versions of a list.
  if (version <= 0) return answer({ status: 'Failed' });
  if (hasNoLists(context)) return answer({ status: 'NotSupported' });
  if (!full && versions(context) === 'partial') return answer({ status: 'VersionMismatch' });
  const given = (request.localAuthorizationList as readonly Payload[] | undefined) ?? [];
  const entries = given.map((entry) => {
    const info = entry.idTagInfo as Payload | undefined;
    const idToken = toIdToken(entry.idTag as string, context);
    return { idToken, ...(info === undefined ? {} : { idTokenInfo: apply(idTagInfo, 'up', info, context) }) };
  });
  return send(
    { version, full, entries: unique(entries, ({ idToken }) => (idToken as IdToken).idToken) },
    (versionNumber, updateType, part) => ({
      versionNumber,
      updateType,
      ...(part.length === 0 ? {} : { localAuthorizationList: part }),
    }),
    (status) => answer({ status }),
    (failure) =>
      failure.condition === 'NotSupported' || failure.condition === 'NotImplemented'
        ? answer({ status: 'NotSupported' })
        : { kind: 'refuse', failure: crossed(failure) },
    context,
  );
}

export const sendLocalList: Pair = {
  initiator: 'csms',
  older: 'SendLocalList',
  newer: 'SendLocalList',
  note: 'A list longer than the station takes at once is sent in parts with versions of their own; GetLocalListVersion tells the one that the CSMS gave.',
  request: rows(
    row('listVersion', 'versionNumber', procedure('of the last part; parts before it have lower ones')),
    row('updateType', 'updateType', same),
    row(
      'localAuthorizationList',
      'localAuthorizationList',
      list(
        rows(
          row('idTag', 'idToken', procedure('the exact IdToken is remembered; of equal idTags the last counts')),
          idTagInfoField,
          noCustomData,
        ),
      ),
    ),
    noCustomData,
  ),
  response: rows(
    row(
      'status',
      'status',
      table([
        ['Accepted', 'Accepted'],
        ['Failed', 'Failed'],
        ['VersionMismatch', 'VersionMismatch'],
        ['NotSupported', 'Failed'],
      ]),
    ),
    noStatusInfo,
    noCustomData,
  ),
  down: listDown,
  up: listUp,
};

/** The version that the CSMS knows the station's list by. */
function versionForCsms(ofStation: number, context: Context): number {
  const known = versions(context);
  if (known === 'partial') return 0;
  return known !== undefined && known.station === ofStation ? known.csms : ofStation;
}

export const getLocalListVersion: Pair = {
  initiator: 'csms',
  older: 'GetLocalListVersion',
  newer: 'GetLocalListVersion',
  request: rows(noCustomData),
  response: rows(
    row(
      'listVersion',
      'versionNumber',
      procedure('the version that the CSMS gave; −1, no list at all, ↔ 0, or a refusal as not supported'),
    ),
    noCustomData,
  ),
  down: (_request, context) =>
    forward('GetLocalListVersion', {}, ({ listVersion }) =>
      answer({ versionNumber: versionForCsms(Math.max(0, listVersion as number), context) }),
    ),
  up: (_request, context) => {
    if (hasNoLists(context)) return answer({ listVersion: -1 });
    return forward(
      'GetLocalListVersion',
      {},
      ({ versionNumber }) => answer({ listVersion: versionForCsms(versionNumber as number, context) }),
      (failure) =>
        failure.condition === 'NotSupported' || failure.condition === 'NotImplemented'
          ? answer({ listVersion: -1 })
          : { kind: 'refuse', failure: crossed(failure) },
    );
  },
};

/** Takes idTags off the list that a 1.6 station has. The CSMS knows the list by the same version afterwards. */
export function removeFromList(idTags: readonly string[], context: Context): Outcome {
  const done = answer({});
  return forward(
    'GetLocalListVersion',
    {},
    ({ listVersion }) => {
      const version = listVersion as number;
      if (version <= 0) return done;
      const csms = versionForCsms(version, context);
      const station = version + 1;
      return forward(
        'SendLocalList',
        {
          listVersion: station,
          updateType: 'Differential',
          localAuthorizationList: idTags.map((idTag) => ({ idTag })),
        },
        ({ status }) => {
          if (status === 'Accepted') saveVersions(csms === 0 ? 'partial' : { csms, station }, context);
          else
            context.lost(
              'clear',
              `the station answered ${status as string} when it was to take the token off its list`,
            );
          return done;
        },
      );
    },
    // A station without lists has nothing to forget.
    (failure) => (failure.uncertain === true ? { kind: 'refuse', failure } : done),
  );
}
