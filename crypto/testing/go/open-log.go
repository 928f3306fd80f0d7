// Opens a log site that Yinxin exported, with the packages of Go's own checksum database, and prints as JSON what they make
// of it: an independent client (GO111MODULE=off with Debian's golang-golang-x-mod-dev).
//
//	open-log <folder> <verifier key> <signing key>
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type recordProof struct {
	Index  int64    `json:"index"`
	Entry  string   `json:"entry"`
	Hashes []string `json:"hashes"`
}

type treeProof struct {
	First     int64    `json:"first"`
	FirstRoot string   `json:"firstRoot"`
	Hashes    []string `json:"hashes"`
}

type answer struct {
	Signers int           `json:"signers"`
	Unknown int           `json:"unknown"`
	Size    int64         `json:"size"`
	Records []recordProof `json:"records"`
	Trees   []treeProof   `json:"trees"`
	Saved   int           `json:"saved"`
	Note    string        `json:"note"`
}

func main() {
	result, err := open(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(result)
}

func open(folder, verifierKey, signingKey string) (*answer, error) {
	message, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(verifierKey)
	if err != nil {
		return nil, err
	}
	checkpoint, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return nil, err
	}
	tree, err := parseCheckpoint(checkpoint.Text)
	if err != nil {
		return nil, err
	}
	tiles := &folderTiles{folder: folder}
	hashes := tlog.TileHashReader(tree, tiles)
	result := &answer{Signers: len(checkpoint.Sigs), Unknown: len(checkpoint.UnverifiedSigs), Size: tree.N}
	// A step that is prime to 256 meets every place within a tile in time.
	for index := int64(0); index < tree.N; index += 983 {
		proof, err := proveRecord(folder, tree, hashes, index)
		if err != nil {
			return nil, fmt.Errorf("record %d: %v", index, err)
		}
		result.Records = append(result.Records, *proof)
	}
	for _, first := range []int64{1, 255, 256, 65535, 65536, 69632, tree.N - 1, tree.N} {
		proof, err := proveTree(tree, hashes, first)
		if err != nil {
			return nil, fmt.Errorf("tree of %d: %v", first, err)
		}
		result.Trees = append(result.Trees, *proof)
	}
	result.Saved = tiles.saved
	result.Note, err = sign(signingKey, checkpoint.Text)
	return result, err
}

// The three lines of C2SP tlog-checkpoint; tlog.ParseTree knows only those that begin with "go.sum database tree".
func parseCheckpoint(text string) (tlog.Tree, error) {
	_, rest, _ := strings.Cut(text, "\n")
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

func proveRecord(folder string, tree tlog.Tree, hashes tlog.HashReader, index int64) (*recordProof, error) {
	entry, err := readEntry(folder, tree.N, index)
	if err != nil {
		return nil, err
	}
	proof, err := tlog.ProveRecord(tree.N, index, hashes)
	if err != nil {
		return nil, err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return nil, err
	}
	return &recordProof{index, base64.StdEncoding.EncodeToString(entry), texts(proof)}, nil
}

func proveTree(tree tlog.Tree, hashes tlog.HashReader, first int64) (*treeProof, error) {
	root, err := tlog.TreeHash(first, hashes)
	if err != nil {
		return nil, err
	}
	proof, err := tlog.ProveTree(tree.N, first, hashes)
	if err != nil {
		return nil, err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, first, root); err != nil {
		return nil, err
	}
	return &treeProof{first, root.String(), texts(tlog.RecordProof(proof))}, nil
}

func texts(proof tlog.RecordProof) []string {
	list := []string{}
	for _, hash := range proof {
		list = append(list, hash.String())
	}
	return list
}

// The entry out of its bundle: two octets of length before each.
func readEntry(folder string, size, index int64) ([]byte, error) {
	tile := tlog.Tile{H: 8, L: 0, N: index / 256, W: 256}
	if size/256 == tile.N {
		tile.W = int(size % 256)
	}
	path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	bundle, err := os.ReadFile(filepath.Join(folder, path))
	if err != nil {
		return nil, err
	}
	for skip := index % 256; ; skip-- {
		if len(bundle) < 2 || len(bundle) < 2+int(bundle[0])<<8+int(bundle[1]) {
			return nil, fmt.Errorf("%s ends early", path)
		}
		length := 2 + int(bundle[0])<<8 + int(bundle[1])
		if skip == 0 {
			return bundle[2:length], nil
		}
		bundle = bundle[length:]
	}
}

func sign(signingKey, text string) (string, error) {
	signer, err := note.NewSigner(signingKey)
	if err != nil {
		return "", err
	}
	message, err := note.Sign(&note.Note{Text: text}, signer)
	return string(message), err
}

type folderTiles struct {
	folder string
	saved  int
}

func (t *folderTiles) Height() int { return 8 }

// C2SP tlog-tiles has tiles of height 8 and leaves the height out of their paths.
func (t *folderTiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := [][]byte{}
	for _, tile := range tiles {
		bytes, err := os.ReadFile(filepath.Join(t.folder, strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

// Called for tiles that led to the root: what we exported is authentic.
func (t *folderTiles) SaveTiles(tiles []tlog.Tile, data [][]byte) { t.saved += len(tiles) }
