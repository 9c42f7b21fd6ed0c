import { Client } from '@temporalio/client';
import { encryptedConverter } from '../../activities/encryption/data-converter';
import { environmentSecrets } from '../../activities/secrets';
import type { ActionLookup } from '../plan-summary';
import { Remediations } from '../remediations';
import { webUiLink } from '../web-ui';
import type { CliIo } from './cli-io';
import { connect } from './connect';
import type { Place, Session } from './session';

/** Connects to Temporal. Fails within five seconds when nobody answers. */
export async function openSession(
  place: Place,
  io: CliIo,
  actions?: ActionLookup,
): Promise<{ session: Session; close: () => Promise<void> }> {
  const dataConverter = await encryptedConverter(place.settings.temporal.encryption, environmentSecrets(io.env));
  const connection = await connect(place.target);
  const { namespace } = place.target;
  const client = new Client({ connection, namespace, dataConverter, identity: `${io.userName}@kubernaut-cli` });
  const webUi = webUiOf(place);
  const session: Session = {
    ...place,
    client,
    remediations: new Remediations(client, { actions }),
    link: (id) => (webUi === undefined ? undefined : webUiLink(webUi, namespace, id)),
  };
  return { session, close: () => connection.close() };
}

/** The development server's UI has a fixed place next to its default port; any other must be named in the settings. */
function webUiOf({ settings, target }: Place): string | undefined {
  if (settings.temporal.webUi !== undefined) return settings.temporal.webUi;
  return /^(localhost|127\.0\.0\.1):7233$/.test(target.address) ? 'http://localhost:8233' : undefined;
}
