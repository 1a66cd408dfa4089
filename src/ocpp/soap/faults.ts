/** SOAP Faults: what OCPP-S 1.5 and 1.6 (chapter on error handling) have in the place of a CallError. */
import type { Failure } from '../translate/outcome.ts';
import type { ErrorCondition } from '../versions/version.ts';
import { childOf, type Element, escapeXml } from './xml.ts';

/** A Fault as we send it. `subcode` is of OCPP's namespace; the codes of SOAP itself have none. */
export interface Fault {
  readonly code: 'Sender' | 'Receiver' | 'MustUnderstand' | 'VersionMismatch';
  readonly subcode?: 'SecurityError' | 'IdentityMismatch' | 'ProtocolError' | 'InternalError' | 'NotSupported';
  readonly reason: string;
}

const sender = (subcode: Fault['subcode']): Pick<Fault, 'code' | 'subcode'> => ({
  code: 'Sender',
  ...(subcode === undefined ? {} : { subcode }),
});
const receiver = (subcode: Fault['subcode']): Pick<Fault, 'code' | 'subcode'> => ({
  code: 'Receiver',
  ...(subcode === undefined ? {} : { subcode }),
});

const faults: Readonly<Record<ErrorCondition, Pick<Fault, 'code' | 'subcode'>>> = {
  NotImplemented: receiver('NotSupported'),
  NotSupported: receiver('NotSupported'),
  InternalError: receiver('InternalError'),
  GenericError: receiver('InternalError'),
  SecurityError: sender('SecurityError'),
  ProtocolError: sender('ProtocolError'),
  FormatViolation: sender('ProtocolError'),
  PropertyConstraintViolation: sender('ProtocolError'),
  OccurrenceConstraintViolation: sender('ProtocolError'),
  TypeConstraintViolation: sender('ProtocolError'),
  MessageTypeNotSupported: sender('ProtocolError'),
  RpcFrameworkError: sender('ProtocolError'),
};

export const faultOf = (condition: ErrorCondition, reason: string): Fault => ({ ...faults[condition], reason });

/** The HTTP status that goes with it (SOAP 1.2 part 2, 7.5.2.2; SOAP 1.1 knows 500 only). */
export const httpStatusOf = (fault: Fault, soap: '1.1' | '1.2'): 400 | 500 =>
  soap === '1.2' && fault.code === 'Sender' ? 400 : 500;

/** The content of the body. `s`: prefix of the envelope's namespace, `o`: of the OCPP service's. */
export function writeFault({ code, subcode, reason }: Fault, soap: '1.1' | '1.2'): string {
  if (soap === '1.1') {
    const name = code === 'Sender' ? 'Client' : code === 'Receiver' ? 'Server' : code;
    const detail = subcode === undefined ? '' : `<detail><o:${subcode}/></detail>`;
    return `<s:Fault><faultcode>s:${name}</faultcode><faultstring>${escapeXml(reason)}</faultstring>${detail}</s:Fault>`;
  }
  const inner = subcode === undefined ? '' : `<s:Subcode><s:Value>o:${subcode}</s:Value></s:Subcode>`;
  return `<s:Fault><s:Code><s:Value>s:${code}</s:Value>${inner}</s:Code><s:Reason><s:Text xml:lang="en">${escapeXml(reason)}</s:Text></s:Reason></s:Fault>`;
}

const conditions: ReadonlyMap<string, ErrorCondition> = new Map([
  ['SecurityError', 'SecurityError'],
  ['IdentityMismatch', 'SecurityError'],
  ['ProtocolError', 'ProtocolError'],
  ['InternalError', 'InternalError'],
  ['NotSupported', 'NotSupported'],
  ['NotImplemented', 'NotImplemented'],
  ['ActionNotSupported', 'NotSupported'],
]);

const withoutPrefix = (name: string): string => name.slice(name.lastIndexOf(':') + 1).trim();

/** What a station's Fault, of either SOAP, means. Any subcode must be taken. */
export function readFault(fault: Element): Failure {
  const code = childOf(fault, 'Code');
  const subcode = childOf(childOf(code, 'Subcode'), 'Value')?.text ?? childOf(fault, 'detail')?.children[0]?.name;
  const plain = childOf(code, 'Value')?.text ?? childOf(fault, 'faultcode')?.text ?? '';
  const reason = childOf(childOf(fault, 'Reason'), 'Text')?.text ?? childOf(fault, 'faultstring')?.text ?? '';
  const name = withoutPrefix(subcode ?? plain);
  return { condition: conditions.get(name) ?? 'GenericError', description: reason === '' ? name : reason };
}
