/** Something a person has to mend; the message says what and how, and is printed without a stack. */
export class SetupProblem extends Error {}
