export { guard } from './guard';
export { remediation } from './remediation';
