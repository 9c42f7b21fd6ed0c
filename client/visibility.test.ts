import { TypedSearchAttributes } from '@temporalio/common';
import { searchAttributeKeys } from '../plan/search-attributes';
import { listQuery, toRemediationInfo } from './visibility';

test('filters are joined with AND', () => {
  expect(listQuery({ state: 'running', target: 'Deployment/shop/web', action: 'log' })).toBe(
    "WorkflowType = 'remediation' AND KubernautState = 'running' AND KubernautTarget = 'Deployment/shop/web' AND KubernautActions = 'log'",
  );
});

test('a value cannot end its string', () => {
  expect(listQuery({ cluster: "x' OR WorkflowType = 'other" })).toContain("'x'' OR WorkflowType = ''other'");
  expect(listQuery({ cluster: 'x\\' })).toContain("'x\\\\'");
});

test('only a running workflow waits for approval', () => {
  const info = (name: 'RUNNING' | 'TERMINATED') =>
    toRemediationInfo({
      workflowId: 'remediation/p/1',
      runId: 'r',
      status: { name, code: 0 as never },
      startTime: new Date(0),
      closeTime: undefined,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: searchAttributeKeys.state, value: 'awaiting_approval' },
      ]),
    });
  expect(info('RUNNING').waitsForApproval).toBe(true);
  expect(info('TERMINATED').waitsForApproval).toBe(false);
});
