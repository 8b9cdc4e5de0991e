package deptest

import (
	"os"
	"testing"
)

// phrases are the habits of wording that made the project's texts hard to read for people who learn
// English or tracing. The list is short on purpose: it holds what came back again and again.
var phrases = []Phrase{
	{
		Banned:  `\b(says|tells|told|asks|knows|speaks)\b`,
		Instead: "code returns, contains, reports, requests, allows",
	},
	{
		Banned:  `\b(some|any|every|no)body\b|\bwhoever\b|\bwhomever\b|\bone's own\b`,
		Instead: "name the role (the caller, a reader), or use the passive",
	},
	{Banned: `\bmend(s|ed|ing)?\b`, Instead: "fix"},
	{Banned: `\b(is|are|was|were) none\b`, Instead: "not found, zero, empty, nil"},
	{Banned: `\b(that|than) there (is|are)\b|\bthat there be\b`, Instead: "unknown X, existing X"},
	{
		Banned:  `\bstands?\b`,
		Except:  `\bstands? (in )?for\b|\bstand-ins?\b|\bstandalone\b`,
		Instead: "is, is written, follows",
	},
	{
		Banned:  `\bbehind\b`,
		Except:  `\bbehind (a|the|an) ([a-z]+ )?(proxy|flag|switch|load balancer|gateway|ingress)\b|\bleft behind\b`,
		Instead: "after, downstream of, below",
	},
	{
		// A sentence that isn't a question.
		Banned:  `(?-i:(^|[.!?]\s)\s*(What|Whoever|Of) )(?:[^.?!\n]|\n[^\n])*\.(\s|$)`,
		Instead: "subject first, verb second",
	},
	{Banned: `\b(?-i:beside)\b`, Instead: "next to, in addition to, compared with"},
	{Banned: `\bso many\b|\bbegins so\b|\bas is the\b|\bno news\b`, Instead: "N, a prefix, the same"},
}

// proseFiles are the texts outside of Go files.
var proseFiles = []string{
	"*.md", "docs/*.md", "docs/adr/*.md", "Makefile", ".ci/run", "scripts/*",
	"lab/scenarios/library/*", "lab/exercises/texts/*", "lab/exercises/code/pack/*",
	"lab/quiz/questions/*", "cli/testdata/script/*",
}

func TestTextsArePlain(t *testing.T) {
	t.Parallel()
	fset, packages := repository(t)
	found := Prose(fset, packages, phrases)
	inFiles, err := ProseFiles(os.DirFS("../.."), proseFiles, phrases)
	if err != nil {
		t.Fatal(err)
	}
	found = append(found, inFiles...)
	for _, v := range found {
		if v.Pos.Filename == "internal/deptest/phrases_test.go" {
			continue // it quotes what it bans
		}
		t.Error(v)
	}
}
