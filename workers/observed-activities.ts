import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActionObserver } from '../activities/action-observer';
import type { Activities } from '../activities/activity-runtime';

/** The activities of investigations, with the observer told of every attempt: `holmesgpt.follow_up` is the question `follow_up`. */
export function observedQuestions(activities: Activities, observer: ActionObserver | undefined): Activities {
  if (observer?.asked === undefined) return activities;
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => {
      const question = name.slice(name.indexOf('.') + 1);
      const observed = async (input: never): Promise<unknown> => {
        const ended = observer.asked!(question);
        try {
          const answer = await activity(input);
          ended('ok');
          return answer;
        } catch (error) {
          ended(codeOf(error));
          throw error;
        }
      };
      return [name, observed];
    }),
  );
}

function codeOf(error: unknown): string {
  if (error instanceof ApplicationFailure && error.type) return error.type;
  return error instanceof CancelledFailure ? 'CANCELLED' : 'INTERNAL';
}
