/** `/v1/stations/{id}/commands/{Action}` and `/v1/commands`: Calls to stations, in OCPP 2.1 whatever the station speaks. */
import { type Static, Type } from 'typebox';
import type { CommandRefused, CommandRow, GatewayFace, JsonObject, Store, SubmittedCommand } from '../gateway/ports.ts';
import { describeError, HEAD, type SchemaError } from '../ocpp/index.ts';
import { commandActions } from './head-schemas.ts';
import { Problem, type ProblemCode, type ProblemDetail } from './problems.ts';
import {
  AnyJson,
  type Api,
  Closed,
  failures,
  iso,
  JsonObjectOrNull,
  ListOf,
  Nullable,
  OneOf,
  pageOf,
  paging,
  Ref,
  Text,
  TextOrNull,
} from './schema.ts';
import { stationParams, unknownStation } from './stations.ts';

const CommandError = Type.Object({ code: Text('An OCPP error code, or one of the gateway.'), description: Text() });

export const CommandSchema = Type.Object(
  {
    id: Text(),
    stationId: Text(),
    action: Text('The Action of OCPP 2.1.'),
    request: AnyJson('In OCPP 2.1, with `***` in place of secrets.'),
    state: OneOf(
      ['queued', 'sent', 'completed', 'refused', 'failed', 'uncertain'],
      'completed: answered. refused: answered, in a way that says no. failed: not carried out. uncertain: sent, and no answer came in time; whether the station has done it is not known.',
    ),
    response: JsonObjectOrNull('In OCPP 2.1; null until the station has answered.'),
    error: Nullable(CommandError),
    native: Type.Array(
      Type.Object({
        action: Text(),
        request: AnyJson(),
        response: JsonObjectOrNull(),
        error: Type.Optional(CommandError),
      }),
      { description: "The Calls that were made in the station's own version, and their answers." },
    ),
    idempotencyKey: TextOrNull(),
    createdAt: Text(),
    updatedAt: Text(),
  },
  { $id: 'Command', description: 'A durable Call to a station.' },
);

/** A Command as the API shows it. */
export function commandJson(row: CommandRow): Static<typeof CommandSchema> {
  return {
    id: row.id,
    stationId: row.stationId,
    action: row.action,
    request: row.request,
    state: row.state,
    response: row.response,
    error: row.error,
    native: row.native.map(({ action, request, response, error }) => ({
      action,
      request,
      response,
      ...(error && { error }),
    })),
    idempotencyKey: row.idempotencyKey,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}

/** What `Prefer` (RFC 7240) may ask of a command. */
interface Preferences {
  /** Answer 202 with the Command rather than wait for the station. */
  readonly async: boolean;
  /** How long the client waits, in ms. */
  readonly wait: number | undefined;
  /** For `Preference-Applied`. */
  readonly applied: readonly string[];
}

const longestWait = 300;

/** Preferences that are unknown or unreadable are ignored, as RFC 7240 2 says. */
export function readPreferences(header: string | undefined): Preferences {
  const given = (header ?? '').split(',').map((preference) => preference.split(';')[0]!.trim().toLowerCase());
  const seconds = given
    .map((preference) => /^wait *= *"?(\d{1,9})"?$/.exec(preference)?.[1])
    .find((value) => value !== undefined);
  const wait = seconds === undefined ? undefined : Math.min(Number(seconds), longestWait);
  const async = given.includes('respond-async');
  return {
    async,
    wait: wait === undefined ? undefined : wait * 1000,
    applied: [...(async ? ['respond-async'] : []), ...(wait === undefined ? [] : [`wait=${wait}`])],
  };
}

/** Why a Command was not taken → what the API answers. */
const refusals: Readonly<
  Record<CommandRefused['reason'], { readonly code: ProblemCode; readonly retryAfter?: number }>
> = {
  unknownStation: { code: 'unknown-station' },
  offline: { code: 'station-offline' },
  notCallable: { code: 'station-not-callable' },
  unknownAction: { code: 'unknown-action' },
  invalid: { code: 'invalid-body' },
  idempotencyConflict: { code: 'idempotency-conflict' },
  overloaded: { code: 'overloaded', retryAfter: 1 },
  unavailable: { code: 'unavailable', retryAfter: 5 },
};

/** The problem that a refusal of the gateway is answered with. */
export function refusalProblem(refused: CommandRefused): Problem {
  const { code, retryAfter } = refusals[refused.reason];
  const errors = refused.details.map((detail) => ({ detail }));
  return new Problem(code, refused.message, errors.length === 0 ? {} : { errors }, retryAfter);
}

/** A validator's complaint as a problem's member: the place apart from the words. */
function schemaDetail(error: SchemaError): ProblemDetail {
  const place = error.instancePath === '' ? '/' : error.instancePath;
  return { pointer: `#${error.instancePath}`, detail: describeError(error).slice(place.length + 2) };
}

/** The request of a command, checked against the official schema. @throws Problem `unknown-action`, `invalid-body` */
function checkedRequest(name: string, body: unknown): JsonObject {
  const action = commandActions.get(name);
  if (action === undefined) {
    const why = HEAD.actions.has(name)
      ? 'is sent by charging stations, not to them'
      : `is no Action of OCPP ${HEAD.name}`;
    throw new Problem('unknown-action', `${name} ${why}. GET /openapi.json lists the commands.`);
  }
  if (!action.request(body)) {
    const errors = (action.request.errors ?? []).map(schemaDetail);
    throw new Problem('invalid-body', `The body is not a valid ${name}Request of OCPP ${HEAD.name}.`, { errors });
  }
  return body as JsonObject;
}

/** The problem of a Command that ended without an answer; none for one that was answered. */
function outcomeProblem(command: CommandRow): Problem | undefined {
  const extra = { state: command.state, command: commandJson(command) };
  switch (command.state) {
    case 'failed':
      return new Problem(
        'command-failed',
        command.error === null
          ? 'The command was not carried out.'
          : `${command.error.code}: ${command.error.description}`,
        extra,
      );
    case 'uncertain':
      return new Problem('command-uncertain', 'The command was sent, but no answer came in time.', extra);
    case 'queued':
    case 'sent':
    case 'completed':
    case 'refused':
      return undefined;
  }
}

/** The Command when it is done, or `undefined` when `ms` pass before, or when there is no time to wait at all. */
async function doneWithin(submitted: SubmittedCommand, ms: number | undefined): Promise<CommandRow | undefined> {
  if (ms === undefined) return undefined;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  const first = await Promise.race([submitted.done, late]);
  clearTimeout(timer);
  return first;
}

export function commandRoutes(
  api: Api,
  { store, gateway }: { store: Pick<Store, 'commands'>; gateway: Pick<GatewayFace, 'submit' | 'station'> },
): void {
  api.post(
    '/v1/stations/:id/commands/:action',
    {
      schema: {
        // Documented as one path per Action, with its official schema: see openapi.ts.
        hide: true,
        params: Closed({ ...stationParams.properties, action: Type.String({ minLength: 1, maxLength: 50 }) }),
        headers: Type.Object({
          prefer: Type.Optional(Type.String()),
          'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' })),
        }),
      },
    },
    async ({ params, headers, body }, reply) => {
      // Actions without required fields may be sent without a body.
      const request = checkedRequest(params.action, body ?? {});
      const prefer = readPreferences(headers.prefer);
      const submitted = await gateway.submit({
        stationId: params.id,
        action: params.action,
        request,
        idempotencyKey: headers['idempotency-key'],
        timeout: prefer.async ? undefined : prefer.wait,
        patient: prefer.async,
      });
      if (prefer.applied.length > 0) reply.header('preference-applied', prefer.applied.join(', '));
      if (submitted.replayed === true) reply.header('idempotency-replayed', 'true');
      const location = `/v1/commands/${submitted.command.id}`;
      const command = prefer.async ? await doneWithin(submitted, prefer.wait) : await submitted.done;
      if (command === undefined) {
        return reply.code(202).header('location', location).send(commandJson(submitted.command));
      }
      reply.header('content-location', location);
      const problem = outcomeProblem(command);
      if (problem !== undefined) throw problem;
      return commandJson(command);
    },
  );

  api.get(
    '/v1/commands/:id',
    {
      schema: {
        operationId: 'getCommand',
        summary: 'Read a command',
        tags: ['Commands'],
        params: Closed({ id: Type.String({ minLength: 1, maxLength: 255 }) }),
        response: { 200: Ref('Command'), ...failures('unknown-command') },
      },
    },
    async ({ params: { id } }) => {
      const command = await store.commands.get(id);
      if (command === undefined) throw new Problem('unknown-command', `There is no command ${JSON.stringify(id)}.`);
      return commandJson(command);
    },
  );

  api.get(
    '/v1/stations/:id/commands',
    {
      schema: {
        operationId: 'listCommands',
        summary: 'List the commands of a station',
        description: 'Newest first.',
        tags: ['Commands'],
        params: stationParams,
        querystring: Closed({ ...paging }),
        response: { 200: ListOf('Command'), ...failures('unknown-station', 'invalid-cursor') },
      },
    },
    async ({ params, query }) => {
      const page = await store.commands.list(params.id, pageOf(query));
      if (page.items.length === 0 && (await gateway.station(params.id)) === undefined) throw unknownStation(params.id);
      return { items: page.items.map(commandJson), nextCursor: page.nextCursor };
    },
  );
}
