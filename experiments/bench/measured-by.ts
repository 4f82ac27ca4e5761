/** Commands that measure what a plain bench does not: two that go before it, in the same commit, and one that takes longer. */
export const MAIN_JOB = 'npm start'
export const VALIDATE = 'npm start -- validate'
export const LONG = 'npm start -- bench --long'
/** All of it. */
export const ALL = 'npm start -- bench --all'
