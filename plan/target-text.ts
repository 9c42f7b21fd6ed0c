import { isTemplate, templateParts } from './template-parts';

/** A target's short form taken apart: `Deployment/shop/web` or, for objects without a namespace, `Node/node-1`. */
export interface TargetText {
  kind: string;
  namespace?: string;
  name: string;
}

/** Undefined when the text has not the form. Slashes inside `${{ … }}` do not separate. */
export function parseTarget(text: string): TargetText | undefined {
  const parts = splitOutsideTemplates(text);
  if (parts === undefined || parts.some((part) => part === '')) return undefined;
  const [kind, second, third] = parts;
  if (kind === undefined || second === undefined || parts.length > 3) return undefined;
  return third === undefined ? { kind, name: second } : { kind, namespace: second, name: third };
}

function splitOutsideTemplates(text: string): string[] | undefined {
  if (!isTemplate(text)) return text.split('/');
  try {
    const parts = [''];
    for (const piece of templateParts(text)) {
      const [first, ...others] = 'text' in piece ? piece.text.split('/') : [`\${{ ${piece.expression} }}`];
      parts[parts.length - 1] += first ?? '';
      parts.push(...others);
    }
    return parts;
  } catch {
    return undefined; // An unclosed template; the expression check names it.
  }
}
