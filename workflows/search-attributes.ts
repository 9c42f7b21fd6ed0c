export { searchAttributeKeys } from '../plan/search-attributes';
