export { audit } from './audit';
export { guard } from './guard';
export { remediation } from './remediation';
export { incident } from './incident';
export { stop } from './stop';
