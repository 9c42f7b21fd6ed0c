export { remediation } from './remediation';
