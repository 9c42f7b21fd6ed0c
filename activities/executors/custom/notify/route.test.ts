import { notificationsSchema } from '../../../../config/sections/custom/notifications';
import { routedChannels, type Occasion } from './route';

const email = { type: 'email' as const, host: 'mail.example.com', from: 'k@example.com', to: ['a@example.com'] };
const settings = notificationsSchema.parse({
  channels: { oncall: email, shop: email, all: email, rest: email },
  routes: [
    { severities: ['critical'], channels: ['oncall'], continue: true },
    { namespaces: ['shop', 'shop-*'], channels: ['shop', 'all'] },
    { namespaces: ['*-test'], clusters: ['prod'], channels: ['rest'] },
    { severities: ['critical'], channels: ['all'] },
  ],
  fallback: ['rest'],
});
const told = (occasion: Partial<Occasion>) =>
  routedChannels(settings, { severity: 'info', cluster: 'prod', ...occasion });

describe('Routes', () => {
  test('the first that fits decides, unless it says to go on', () => {
    expect(told({ namespace: 'shop' })).toEqual(['shop', 'all']);
    expect(told({ namespace: 'shop', severity: 'critical' })).toEqual(['oncall', 'shop', 'all']);
    expect(told({ namespace: 'pay', severity: 'critical' })).toEqual(['oncall', 'all']);
  });

  test('a star stands for any characters, everything else for itself', () => {
    expect(told({ namespace: 'shop-eu' })).toEqual(['shop', 'all']);
    expect(told({ namespace: 'shopping', severity: 'info' })).toEqual(['rest']);
    expect(told({ namespace: 'x-test', severity: 'critical' })).toEqual(['oncall', 'rest']);
    expect(told({ namespace: 'x-test', severity: 'critical', cluster: 'dev' })).toEqual(['oncall', 'all']);
  });

  test('a route by namespace does not fit what has none', () => {
    expect(told({})).toEqual(['rest']);
  });

  test('who is named must exist', () => {
    const result = notificationsSchema.safeParse({ routes: [{ channels: ['nobody'] }], fallback: ['none'] });
    expect(result.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
      'routes.0.channels.0: there is no channel nobody',
      'fallback.0: there is no channel none',
    ]);
  });
});
