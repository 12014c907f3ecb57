package filter

// Bounds of one expression. Each is refused by a code of its own, kind TooLarge.
const (
	MaxBytes    = 32 << 10 // of text or JSON
	MaxDepth    = 64       // levels of parentheses, operators and functions in each other; a chain of sums has one a term
	MaxNodes    = 2000     // values, properties, operators, functions
	MaxList     = 1000     // values after IN
	MaxVertices = 10000    // of all literal shapes together
	MaxDistance = 100000   // metres, of S_DWITHIN

	maxJSONDepth = 3*MaxDepth + 8 // an operator is an object with a list in it; a shape has five lists
	maxKnown     = 40             // names that an error lists
)
