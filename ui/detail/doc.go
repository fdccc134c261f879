// Package detail shows one object, or any other text: describe for people
// ([Describe]), the object as the engine has it ([YAML]), and the [Pager] that
// scrolls and searches them, the help screen and whole errors.
//
// Text is data: a [Line] is plain text with roles, never escape sequences. What
// comes from the engine is made safe on its way in, so that neither a label nor
// an error message can take hold of the terminal, and the values of
// secret-looking names are hidden until somebody asks for them.
package detail
