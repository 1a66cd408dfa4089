/** How a station's messages are treated on their way to an upstream: facts by Action, whose names mean the same in every Version. */
import type { Payload } from '../../ocpp/index.ts';

export interface Handling {
  /** What waits for an upstream that is away: every message in order, the newest for each key, or nothing. */
  readonly kept: 'all' | 'newest' | 'none';
  /** What a newer message must have in common with an older one to take its place. */
  readonly key?: (payload: Payload) => unknown;
  /** The station waits for what the owner answers. */
  readonly awaited?: boolean;
}

const perRequest = ({ requestId }: Payload): unknown => requestId;
const one = (): unknown => null;

/** Reports on something whose present state is all that matters (protocol: offline queue, rule 8). */
const status: Handling = { kept: 'newest', key: perRequest };
/** Questions: nobody waits for the answer later. */
const question: Handling = { kept: 'none', awaited: true };

const table: Readonly<Record<string, Handling>> = {
  BootNotification: { kept: 'newest', key: one, awaited: true },
  Heartbeat: { kept: 'none', key: one },
  StatusNotification: { kept: 'newest', key: ({ evseId, connectorId }) => [evseId, connectorId] },
  FirmwareStatusNotification: status,
  SignedFirmwareStatusNotification: status,
  PublishFirmwareStatusNotification: status,
  DiagnosticsStatusNotification: status,
  LogStatusNotification: status,
  StartTransaction: { kept: 'all', awaited: true },
  StopTransaction: { kept: 'all', awaited: true },
  TransactionEvent: { kept: 'all', awaited: true },
  Authorize: question,
  DataTransfer: question,
  SignCertificate: question,
  Get15118EVCertificate: question,
  GetCertificateStatus: question,
  GetCertificateChainStatus: question,
  NotifyEVChargingNeeds: question,
  NotifySettlement: { kept: 'all', awaited: true },
  PullDynamicScheduleUpdate: question,
  VatNumberValidation: question,
  BatterySwap: { kept: 'all', awaited: true },
  NotifyPeriodicEventStream: { kept: 'none' },
};

/** What is told and not asked: kept in order. */
const told: Handling = { kept: 'all' };

export const handlingOf = (action: string): Handling => table[action] ?? told;
