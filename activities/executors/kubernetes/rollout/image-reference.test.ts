import { isAllowed, parseImage } from './image-reference';

const DIGEST = `sha256:${'a'.repeat(64)}`;

test.each([
  ['nginx', { repository: 'docker.io/library/nginx' }],
  ['nginx:1.27', { repository: 'docker.io/library/nginx', tag: '1.27' }],
  ['docker.io/nginx:1', { repository: 'docker.io/library/nginx', tag: '1' }],
  ['shop/web:1', { repository: 'docker.io/shop/web', tag: '1' }],
  ['localhost/web', { repository: 'localhost/web' }],
  ['registry.test:5000/shop/web:1', { repository: 'registry.test:5000/shop/web', tag: '1' }],
  [`registry.test/web:1@${DIGEST}`, { repository: 'registry.test/web', tag: '1', digest: DIGEST }],
])('%s', (image, expected) => expect(parseImage(image)).toEqual(expected));

test.each(['', 'Web', 'registry.test/Web:1', 'web:', 'web:1 ', 'web@sha256:abc', 'a//b', '-web', 'web:1;rm'])(
  '%j is no image',
  (image) => expect(parseImage(image)).toBeUndefined(),
);

test('a registry is allowed by whole parts of its path', () => {
  const allowed = (image: string, registries: string[]) => isAllowed(parseImage(image)!, registries);
  expect(allowed('registry.test/shop/web:1', ['registry.test'])).toBe(true);
  expect(allowed('registry.test/shop/web:1', ['registry.test/shop'])).toBe(true);
  expect(allowed('registry.test/shop/web:1', ['registry.test/shop/web'])).toBe(true);
  expect(allowed('registry.test/shopping/web:1', ['registry.test/shop'])).toBe(false);
  expect(allowed('registry.test.evil.example/shop/web:1', ['registry.test'])).toBe(false);
  expect(allowed('registry.test:5000/shop/web:1', ['registry.test'])).toBe(false);
  expect(allowed('nginx', ['docker.io'])).toBe(true);
  expect(allowed('nginx', [])).toBe(false);
});
