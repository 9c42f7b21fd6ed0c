const DAY_S = 86_400;

/** `one day`, `30 days`: whole days, as people set it. */
export function retentionText(seconds: number): string {
  const days = seconds / DAY_S;
  return days < 1 ? 'less than a day' : days < 2 ? 'one day' : `${Math.floor(days)} days`;
}
