// What the user can mend: a wrong option, a wrong file. It is shown as one line, without a stack.

export class InputError extends Error {
  override readonly name = 'InputError'
}
