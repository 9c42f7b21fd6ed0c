import type { Json } from '../../../../plan/json';
import type { CommandArgument, JobTemplate } from '../../../../config/sections/kubernetes/jobs';

/** What an argument may hold without a pattern of its own: nothing that a tool could take for an option or a shell for code. */
const PLAIN = /^[A-Za-z0-9_./:=@][A-Za-z0-9_./:=@-]*$/;

/** The command with its arguments in place, or all that is wrong with them. No shell is involved: an item stays one item. */
export function fillCommand(
  { args, command }: Pick<JobTemplate, 'args' | 'command'>,
  given: Readonly<Record<string, Json>>,
): { command: string[]; problems: string[] } {
  const { texts, problems } = argumentTexts(args, given);
  const fill = (item: string) => item.replace(/\{([a-z][a-zA-Z0-9]*)\}/g, (_, name: string) => texts.get(name) ?? '');
  return { command: command.map(fill), problems };
}

/** Each argument as text, its default where none is given, or what is wrong with it. */
export function argumentTexts(
  args: Readonly<Record<string, CommandArgument>>,
  given: Readonly<Record<string, Json>>,
): { texts: ReadonlyMap<string, string>; problems: string[] } {
  const problems = Object.keys(given)
    .filter((name) => !Object.hasOwn(args, name))
    .map((name) => `there is no argument ${name} (there are: ${Object.keys(args).join(', ') || 'none'})`);
  const texts = new Map<string, string>();
  for (const [name, argument] of Object.entries(args)) {
    const value = Object.hasOwn(given, name) ? given[name] : argument.default;
    const problem = value === undefined ? 'is missing' : problemOf(argument, value);
    if (problem !== undefined) problems.push(`argument ${name} ${problem}`);
    else texts.set(name, String(value));
  }
  return { texts, problems };
}

function problemOf(argument: CommandArgument, value: Json): string | undefined {
  switch (argument.type) {
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) return 'must be a whole number';
      return value < argument.minimum || value > argument.maximum
        ? `must be between ${argument.minimum} and ${argument.maximum}`
        : undefined;
    case 'choice':
      return typeof value === 'string' && argument.values.includes(value)
        ? undefined
        : `must be one of ${argument.values.join(', ')}`;
    case 'string': {
      if (typeof value !== 'string') return 'must be text';
      if (value.length > argument.maxLength) return `must be at most ${argument.maxLength} characters`;
      const pattern = argument.pattern === undefined ? PLAIN : new RegExp(`^(?:${argument.pattern})$`);
      return pattern.test(value) ? undefined : `must match ${argument.pattern ?? PLAIN.source}`;
    }
  }
}
