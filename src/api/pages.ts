/** What people look at: the start page, the reference of the API, the explanation of each problem. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Problem, type ProblemCode, problems } from './problems.ts';
import { type Api, Closed, OneOf } from './schema.ts';

const folder = new URL('../../web/', import.meta.url);

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Only what this gateway serves itself is loaded, and nothing inline runs. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** The API reference makes its styles at run time. */
const referencePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

interface File {
  readonly type: string;
  readonly bytes: Buffer;
  readonly etag: string;
  readonly encoding?: string;
}

const etagOf = (bytes: Buffer): string => `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;

/** Sends a file, or 304 when the browser has it. Always asked for again: a new version of the gateway is seen at once. */
function sendFile(request: FastifyRequest, reply: FastifyReply, file: File): FastifyReply {
  reply.header('etag', file.etag).header('cache-control', 'no-cache');
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  if (file.encoding !== undefined) reply.header('content-encoding', file.encoding);
  return reply.type(file.type).send(file.bytes);
}

/** The files of `web/`, few and small, read once. @throws Error when the folder is not there. */
function readFiles(): ReadonlyMap<string, File> {
  return new Map(
    readdirSync(folder)
      .filter((name) => mediaTypes[extname(name)] !== undefined)
      .map((name) => {
        const bytes = readFileSync(new URL(name, folder));
        return [name, { type: mediaTypes[extname(name)]!, bytes, etag: etagOf(bytes) }];
      }),
  );
}

/**
 * The script of the API reference out of the package that carries it. The package offers it only through its Fastify plugin, with
 * a page that has inline scripts; ours has none, so the script is taken out of an instance made for the purpose. It is 4 MB: read when
 * first asked for, kept compressed.
 */
async function referenceScript(): Promise<File> {
  const { default: apiReference } = await import('@scalar/fastify-api-reference');
  const carrier = Fastify();
  await carrier.register(apiReference, { routePrefix: '/', configuration: { url: '/openapi.json' } });
  const { statusCode, rawPayload } = await carrier.inject('/js/scalar.js');
  await carrier.close();
  if (statusCode !== 200) throw new Error(`@scalar/fastify-api-reference has no script: ${statusCode}`);
  const bytes = await promisify(gzip)(rawPayload);
  return { type: mediaTypes['.js']!, bytes, etag: etagOf(bytes), encoding: 'gzip' };
}

export function pageRoutes(api: Api): void {
  const files = readFiles();
  const open = { config: { public: true }, schema: { hide: true } } as const;

  const page = (name: string, policy: string) => {
    const file = files.get(name);
    if (file === undefined) throw new Error(`web/${name} is missing`);
    return async (request: FastifyRequest, reply: FastifyReply) =>
      sendFile(request, reply.header('content-security-policy', policy), file);
  };

  api.get('/', open, page('index.html', pagePolicy));
  api.get('/docs', open, page('docs.html', referencePolicy));

  api.get(
    '/assets/:name',
    { ...open, schema: { hide: true, params: Closed({ name: Type.String() }) } },
    async (request, reply) => {
      const file = files.get(request.params.name);
      if (file === undefined || file.type.startsWith('text/html'))
        throw new Problem('not-found', 'There is no such file.');
      return sendFile(request, reply, file);
    },
  );

  let script: Promise<File> | undefined;
  api.get('/assets/reference/scalar.js', open, async (request, reply) => {
    script ??= referenceScript();
    return sendFile(request, reply, await script);
  });

  const codes = Object.keys(problems) as ProblemCode[];
  api.get(
    '/problems/:code',
    { ...open, schema: { hide: true, params: Closed({ code: OneOf(codes) }) } },
    async ({ params: { code } }) => ({ type: `/problems/${code}`, ...problems[code] }),
  );
}
