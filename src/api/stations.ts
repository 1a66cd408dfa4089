/** `/v1/stations`: the charging stations, as stored and as they are now. */
import { Type } from 'typebox';
import type { ConnectorRow, GatewayFace, StationView, Store } from '../gateway/ports.ts';
import { versionNames } from '../ocpp/index.ts';
import { Problem } from './problems.ts';
import {
  type Api,
  Closed,
  failures,
  iso,
  ListOf,
  NoContent,
  OneOf,
  OneOfOrNull,
  pageOf,
  paging,
  Ref,
  SomeOfOrNull,
  Text,
  TextOrNull,
  TimeOrNull,
} from './schema.ts';

const registrationStatuses = ['Accepted', 'Pending', 'Rejected'] as const;

export const StationSchema = Type.Object(
  {
    id: Text('The identity that it connects with.'),
    version: OneOfOrNull(versionNames, 'The OCPP version it last connected with.'),
    transport: OneOfOrNull(['json', 'soap']),
    connected: Type.Boolean(),
    callable: Type.Boolean({
      description: 'Commands reach it now; false when it is away, or speaks SOAP and its own service has no address.',
    }),
    connectedAt: TimeOrNull('Begin of its last connection.'),
    lastSeenAt: TimeOrNull('When it last sent something.'),
    vendorName: TextOrNull(),
    model: TextOrNull(),
    serialNumber: TextOrNull(),
    firmwareVersion: TextOrNull(),
    registrationStatus: OneOfOrNull(registrationStatuses, 'The answer to its last BootNotification.'),
    status: TextOrNull('Status of the station as a whole, from those that report one.'),
    statusSince: TimeOrNull(),
    evses: Type.Array(
      Type.Object({
        id: Type.Integer(),
        status: TextOrNull('Status of the EVSE as a whole, from stations that report one.'),
        statusSince: TimeOrNull(),
        connectors: Type.Array(
          Type.Object({
            id: Type.Integer(),
            status: Text('As OCPP 2.1 spells it.'),
            since: TimeOrNull('By the clock of the station.'),
          }),
        ),
      }),
    ),
    strict: Type.Boolean({ description: 'Deviations from the schema are refused rather than tolerated.' }),
    admission: OneOfOrNull(registrationStatuses, 'What BootNotification shall be answered with; null: by policy.'),
    hasPassword: Type.Boolean({ description: 'It must authenticate with HTTP Basic.' }),
    versions: SomeOfOrNull(versionNames, 'The versions that it may connect with; null: every one.'),
    assumeVersion: OneOfOrNull(versionNames, 'The version assumed when it offers no subprotocol; null: refused then.'),
    callbackUrl: TextOrNull('Where its own SOAP service listens, instead of the address that it gives.'),
    deviations: Type.Record(Type.String(), Type.Integer(), {
      description: 'Tolerated deviations from the protocol, and how often.',
    }),
    createdAt: TimeOrNull(),
  },
  { $id: 'Station', description: 'A charging station.' },
);

const Settings = Closed({
  admission: Type.Optional(
    OneOfOrNull(registrationStatuses, 'What BootNotification shall be answered with; null: by policy.'),
  ),
  password: Type.Optional(
    Type.Unsafe<string | null>({
      type: ['string', 'null'],
      minLength: 16,
      maxLength: 64,
      pattern: '^[\\x20-\\x7e]*$',
      description:
        'For HTTP Basic: 16 to 64 printable ASCII characters, stored as a hash and never returned; null removes it.',
    }),
  ),
  strict: Type.Optional(Type.Boolean()),
  versions: Type.Optional(SomeOfOrNull(versionNames, 'The versions that it may connect with; null: every one.')),
  assumeVersion: Type.Optional(OneOfOrNull(versionNames)),
  callbackUrl: Type.Optional(
    Type.Unsafe<string | null>({
      type: ['string', 'null'],
      maxLength: 2000,
      pattern: '^https?://[^\\s/?#@]+([/?#]\\S*)?$',
      description:
        'Where its own SOAP service listens, instead of the address that it gives; null: that one. Without user and password.',
    }),
  ),
});

export const stationParams = Closed({
  id: Type.String({ minLength: 1, maxLength: 255, description: 'Percent-encoded.' }),
});

/** The EVSEs in order, from rows where connector 0 stands for an EVSE and EVSE 0 for the station. */
function evses(connectors: readonly ConnectorRow[]) {
  const ids = [...new Set(connectors.map(({ evseId }) => evseId))].filter((id) => id !== 0).sort((a, b) => a - b);
  return ids.map((id) => {
    const own = connectors.filter(({ evseId }) => evseId === id);
    const whole = own.find(({ connectorId }) => connectorId === 0);
    return {
      id,
      status: whole?.status ?? null,
      statusSince: iso(whole?.at ?? null),
      connectors: own
        .filter(({ connectorId }) => connectorId !== 0)
        .sort((a, b) => a.connectorId - b.connectorId)
        .map(({ connectorId, status, at }) => ({ id: connectorId, status, since: iso(at) })),
    };
  });
}

/** A station as the API shows it. */
export function stationJson({ station, connectors, connected, callable }: StationView) {
  const whole = connectors.find(({ evseId, connectorId }) => evseId === 0 && connectorId === 0);
  return {
    id: station.id,
    version: station.version,
    transport: station.transport,
    connected,
    callable,
    connectedAt: iso(station.connectedAt),
    lastSeenAt: iso(station.lastSeenAt),
    vendorName: station.vendorName,
    model: station.model,
    serialNumber: station.serialNumber,
    firmwareVersion: station.firmwareVersion,
    registrationStatus: station.registrationStatus,
    status: whole?.status ?? null,
    statusSince: iso(whole?.at ?? null),
    evses: evses(connectors),
    strict: station.strict,
    admission: station.admission,
    hasPassword: station.passwordHash !== null,
    versions: station.versions,
    assumeVersion: station.assumeVersion,
    callbackUrl: station.callbackUrl,
    deviations: station.deviations,
    createdAt: iso(station.createdAt),
  };
}

export const unknownStation = (id: string): Problem =>
  new Problem('unknown-station', `There is no charging station ${JSON.stringify(id)}.`);

export function stationRoutes(
  api: Api,
  { store, gateway }: { store: Pick<Store, 'stations'>; gateway: GatewayFace },
): void {
  api.get(
    '/v1/stations',
    {
      schema: {
        operationId: 'listStations',
        summary: 'List charging stations',
        description:
          'In the order of their ids. With `connected` a page can hold fewer items than `limit` and still have a next one.',
        tags: ['Stations'],
        querystring: Closed({
          id: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 255,
              description: 'A pattern: `*` stands for any text, `?` for one character.',
            }),
          ),
          version: Type.Optional(OneOf(versionNames)),
          registrationStatus: Type.Optional(OneOf(registrationStatuses)),
          connected: Type.Optional(Type.Boolean()),
          ...paging,
        }),
        response: { 200: ListOf('Station'), ...failures('invalid-cursor') },
      },
    },
    async ({ query }) => {
      const { id, version, registrationStatus, connected } = query;
      const { limit, cursor } = pageOf(query);
      const items: StationView[] = [];
      let next: string | null | undefined = cursor;
      // Who is connected is known in memory only, so the stored pages are sifted until this one is at least half full.
      do {
        const page = await store.stations.list(
          { id, version, registrationStatus },
          { limit: limit - items.length, cursor: next ?? undefined },
        );
        for (const row of page.items) {
          const view = gateway.live(row.station.id) ?? { ...row, connected: false, callable: false };
          if (connected === undefined || view.connected === connected) items.push(view);
        }
        next = page.nextCursor;
      } while (next !== null && items.length < limit / 2);
      return { items: items.map(stationJson), nextCursor: next };
    },
  );

  api.get(
    '/v1/stations/:id',
    {
      schema: {
        operationId: 'getStation',
        summary: 'Read a charging station',
        tags: ['Stations'],
        params: stationParams,
        response: { 200: Ref('Station'), ...failures('unknown-station') },
      },
    },
    async ({ params }) => {
      const view = gateway.live(params.id) ?? (await gateway.station(params.id));
      if (view === undefined) throw unknownStation(params.id);
      return stationJson(view);
    },
  );

  api.put(
    '/v1/stations/:id',
    {
      schema: {
        operationId: 'putStation',
        summary: 'Create a charging station or change its settings',
        description:
          'What the body does not name stays as it is; a new station begins with no password, tolerant, admitted by policy.',
        tags: ['Stations'],
        params: stationParams,
        body: Settings,
        response: {
          200: Ref('Station'),
          201: Ref('Station'),
          ...failures('malformed-json', 'invalid-body', 'not-storable'),
        },
      },
    },
    async ({ params, body }, reply) => {
      // RFC 7617 2: the user ends at the first colon, so such a station could never log in.
      if (typeof body.password === 'string' && params.id.includes(':')) {
        throw new Problem('invalid-body', 'A station whose id has a colon cannot use HTTP Basic.', {
          errors: [{ pointer: '#/password', detail: 'is not possible for an id with a colon (RFC 7617 2)' }],
        });
      }
      const { view, created } = await gateway.putStation(params.id, body);
      if (created) reply.code(201).header('location', `/v1/stations/${encodeURIComponent(params.id)}`);
      return stationJson(view);
    },
  );

  api.delete(
    '/v1/stations/:id',
    {
      schema: {
        operationId: 'deleteStation',
        summary: 'Forget a charging station',
        description: 'Closes its connection and removes its settings and state. Its transactions and messages stay.',
        tags: ['Stations'],
        params: stationParams,
        response: { 204: NoContent('Forgotten.'), ...failures('unknown-station') },
      },
    },
    async ({ params }, reply) => {
      if (!(await gateway.deleteStation(params.id))) throw unknownStation(params.id);
      return reply.code(204).send();
    },
  );

  api.get(
    '/v1/stations/:id/variables',
    {
      schema: {
        operationId: 'listVariables',
        summary: "List the variables of a station's device model",
        description:
          'What the station has reported; configuration keys of 1.x stations appear as the variables of OCPP 2.1 that they stand for.',
        tags: ['Stations'],
        params: stationParams,
        querystring: Closed({ ...paging }),
        response: { 200: ListOf('Variable'), ...failures('unknown-station', 'invalid-cursor') },
      },
    },
    async ({ params, query }) => {
      const page = await store.stations.variables(params.id, pageOf(query));
      if (page.items.length === 0 && (await gateway.station(params.id)) === undefined) throw unknownStation(params.id);
      return {
        items: page.items.map(({ key, attribute, value, mutability, characteristics, at }) => ({
          key,
          attribute,
          value,
          mutability,
          characteristics,
          updatedAt: iso(at),
        })),
        nextCursor: page.nextCursor,
      };
    },
  );
}

export const VariableSchema = Type.Object(
  {
    key: Text('Component and variable with their instances and EVSE.'),
    attribute: OneOf(['Actual', 'Target', 'MinSet', 'MaxSet']),
    value: TextOrNull('Null when it cannot be read.'),
    mutability: TextOrNull(),
    characteristics: Type.Unsafe<object | null>({
      type: ['object', 'null'],
      description: 'VariableCharacteristicsType of OCPP 2.1.',
    }),
    updatedAt: Text(),
  },
  { $id: 'Variable', description: "One attribute of a variable of the station's device model." },
);
