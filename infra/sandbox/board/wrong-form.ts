/** A page request that cannot be served; the program answers `status` with the message. */
export class WrongForm extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
