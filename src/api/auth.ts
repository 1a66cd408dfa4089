/** Who may use the API: whoever has the key. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** No key is asked for: the route tells nothing about stations or people. */
    readonly public?: boolean;
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** An `onRequest` hook that asks for `Authorization: Bearer KEY` (RFC 6750 2.1), compared in constant time. @throws Problem `unauthorized` */
export function requireKey(key: string): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const expected = digest(key);
  return async (request, reply) => {
    if (request.is404 || request.routeOptions.config.public === true) return;
    const given = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    reply.header(
      'www-authenticate',
      given === undefined ? 'Bearer realm="evsebridge"' : 'Bearer realm="evsebridge", error="invalid_token"',
    );
    throw new Problem(
      'unauthorized',
      given === undefined ? 'Send the header "Authorization: Bearer KEY".' : 'The key is not the one of this gateway.',
    );
  };
}
