import { slotOptions } from './slots';

test('without a share of the machine the numbers are fixed, and what is not said is left to the SDK', () => {
  expect(slotOptions({ activities: 20, workflowTasks: 10 }, undefined)).toEqual({
    maxConcurrentActivityTaskExecutions: 20,
    maxConcurrentWorkflowTaskExecutions: 10,
  });
  expect(slotOptions({}, undefined)).toEqual({});
});

test('with one, activities have slots between the minimum and their fixed number; everything else stays fixed', () => {
  const { tuner } = slotOptions({ activities: 20, workflowTasks: 10 }, { memory: 0.8, cpu: 0.9, minimum: 3 });
  expect(tuner).toMatchObject({
    workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 10 },
    activityTaskSlotSupplier: {
      type: 'resource-based',
      tunerOptions: { targetMemoryUsage: 0.8, targetCpuUsage: 0.9 },
      minimumSlots: 3,
      maximumSlots: 20,
    },
    localActivityTaskSlotSupplier: { type: 'fixed-size' },
  });
});

test('the minimum is never more than the fixed number', () => {
  const { tuner } = slotOptions({ activities: 2 }, { memory: 0.8, cpu: 0.9 });
  expect(tuner).toMatchObject({ activityTaskSlotSupplier: { minimumSlots: 2, maximumSlots: 2 } });
});
