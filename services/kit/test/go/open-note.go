// Opens the note on standard input with Go's own package: prints its text and how many signatures it believed.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"

	"golang.org/x/mod/sumdb/note"
)

func main() {
	log.SetFlags(0)
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		log.Fatal(err)
	}
	answer := map[string]any{
		"text":       opened.Text,
		"signatures": len(opened.Sigs),
		"unverified": len(opened.UnverifiedSigs),
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		log.Fatal(err)
	}
}
