// Opens signed notes with one key or another, with the note package of Go's checksum database: an independent client
// (GO111MODULE=off with Debian's golang-golang-x-mod-dev).
//
//	open-notes <verifier key> … < JSON list of notes
//
// Prints a JSON list with, for each note, whether each key alone opens it.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
)

func main() {
	var notes []string
	if err := json.NewDecoder(os.Stdin).Decode(&notes); err != nil {
		fail(err)
	}
	verdicts := [][]bool{}
	for _, text := range notes {
		row := []bool{}
		for _, key := range os.Args[1:] {
			verifier, err := note.NewVerifier(key)
			if err != nil {
				fail(err)
			}
			_, err = note.Open([]byte(text), note.VerifierList(verifier))
			row = append(row, err == nil)
		}
		verdicts = append(verdicts, row)
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
