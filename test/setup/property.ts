import fc from 'fast-check';

// One selection of cases for everybody: a change is to blame for a test that fails, not the dice. `npm run sweep` throws
// them anew; a number gives the selection of an earlier failure, which prints it.
const given = process.env['KUBERNAUT_PROPERTY_SEED'] ?? '20261124';
if (given !== 'random') fc.configureGlobal({ seed: Number(given) });

export { fc };
