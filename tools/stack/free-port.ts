import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { SetupError } from '../setup-error';

const HOST = '127.0.0.1';

/** Ports that are free now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map(close));
  return ports;
}

/** Throws SetupError if somebody listens on the port. `what` needs it, `flag` is how to choose another. */
export async function assertPortFree(port: number, what: string, flag: string): Promise<void> {
  try {
    await close(await listen(port));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') {
      throw new SetupError(`Port ${port} for ${what} is in use`, {
        cause: error,
        remedy: `Stop what listens there (\`lsof -i :${port}\` shows it), or choose another port with ${flag}.`,
      });
    }
    throw new SetupError(`Port ${port} for ${what} cannot be used: ${code ?? String(error)}`, {
      cause: error,
      remedy: `Choose another port with ${flag}.`,
    });
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  server.listen({ port, host: HOST, exclusive: true });
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
