package arrows

import (
	"fmt"
	"go/ast"
	"go/token"
)

// The sizes that nothing may go over.
const (
	MaxReconcile = 40  // lines of a function named Reconcile: it fits on a screen
	MaxFunction  = 80  // lines of any function outside tests; usually it is under half of that
	MaxMakefile  = 150 // lines of the Makefile
)

// TooLong returns a sentence for each function of the file that is too long.
// In a test only Reconcile counts.
func TooLong(fset *token.FileSet, file *ast.File, test bool) []string {
	var out []string
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		limit := MaxFunction
		switch {
		case fn.Name.Name == "Reconcile":
			limit = MaxReconcile
		case test:
			continue
		}
		lines := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1
		if lines > limit {
			out = append(out, fmt.Sprintf("%s: %s has %d lines, %d at most: split it by meaning",
				fset.Position(fn.Pos()), fn.Name.Name, lines, limit))
		}
	}
	return out
}
