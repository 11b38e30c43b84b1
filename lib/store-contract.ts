export { storeContract, type ContractOptions, type Requirement } from './stores/contract.ts'
