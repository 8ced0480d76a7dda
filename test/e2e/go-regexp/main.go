// Command go-regexp answers with Go's own regexp, which Istio validates with, whether patterns match whole texts: one JSON
// {"pattern", "texts"} per line in; one line of 0 and 1 per text out, or ! if the pattern does not compile.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"regexp/syntax"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var question struct {
			Pattern string
			Texts   []string
		}
		if err := json.Unmarshal(lines.Bytes(), &question); err != nil {
			panic(err)
		}
		parsed, err := syntax.Parse(question.Pattern, syntax.Perl)
		if err != nil {
			fmt.Fprintln(out, "!")
			continue
		}
		// Printed anew, because an open \Q would quote what is put around it.
		whole := regexp.MustCompile(`\A(?:` + parsed.String() + `)\z`)
		for _, text := range question.Texts {
			if whole.MatchString(text) {
				fmt.Fprint(out, "1")
			} else {
				fmt.Fprint(out, "0")
			}
		}
		fmt.Fprintln(out)
	}
}
