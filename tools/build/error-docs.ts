import { errorCatalogue } from '../../plan/errors';
import { code, table } from './markdown';

/** The table of docs/architecture.md. */
export function errorTable(): string {
  return table(
    ['code', 'tried again', 'what to do'],
    Object.entries(errorCatalogue).map(([name, { retryable, remedy }]) => [
      code(name),
      retryable ? 'yes' : 'no',
      remedy,
    ]),
  );
}
