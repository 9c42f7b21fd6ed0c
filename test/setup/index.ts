export * from './audit-events';
export * from './environment';
export * from './kubectl';
export * from './namespace';
export * from './wait-for';
