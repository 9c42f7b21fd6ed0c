import { version } from '../../package.json';

/** What the API server's audit log shows as the caller. */
export const USER_AGENT = `kubernaut/${version}`;

/** Owner of the fields that we write (`managedFields`); an undo tells by it whether a later writer took a field over. */
export const FIELD_MANAGER = 'kubernaut';
