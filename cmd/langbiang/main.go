// Command langbiang is the server and its command line: it imports land parcels,
// plans and city layers into a store and serves maps and answers from it.
package main

import "os"

// version is set by the linker.
var version = "unknown"

func main() { os.Stdout.WriteString(version + "\n") }
