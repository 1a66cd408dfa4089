import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { testDatabases } from '../support/databases.ts';
import { startGateway } from '../support/gateway.ts';

it('closing does not wait for a connection that has asked for nothing', async () => {
  const [kind] = (await testDatabases()).filter(({ name }) => name === 'embedded');
  const database = await kind!.open();
  const gateway = await startGateway(database.options);
  try {
    const { port } = new URL(gateway.api.url);
    const silent = connect(Number(port), '127.0.0.1');
    await once(silent, 'connect');
    const gone = once(silent, 'close');
    await gateway.stop();
    await gone;
    expect(silent.destroyed).toBe(true);
  } finally {
    await gateway.stop();
    await database.drop();
  }
});
