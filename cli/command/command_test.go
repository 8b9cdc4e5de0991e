package command_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/cli/command"
	"tracelab/internal/law"
)

// upper is a type that decodes itself.
type upper string

func (u *upper) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return fmt.Errorf("found nothing, want a word")
	}
	*u = upper(strings.ToUpper(string(text)))
	return nil
}

type shared struct {
	Where []string `sep:"none" placeholder:"KEY" help:"Not split."`
	IDs   []int    `name:"ids" help:"Split at commas."`
}

type showCommand struct {
	Files []string `arg:"" optional:"" name:"file" help:"The files."`
	shared
	Format  string        `enum:"tree,json" default:"tree" help:"One of ${enum}." group:"out"`
	Wait    time.Duration `help:"How long to wait." env:"COMMAND_TEST_WAIT"`
	Group   *bool         `negatable:"" help:"Whether to group."`
	Seed    uint64        `help:"A seed."`
	Rate    float64       `help:"A rate."`
	Name    upper         `help:"A name."`
	Loud    int           `short:"l" type:"counter" help:"Louder."`
	Map     bool          `xor:"what" help:"The map."`
	Stats   bool          `xor:"what" help:"The figures."`
	Ghost   bool          `hidden:"" help:"Nobody sees this."`
	Limit   int           `default:"7" placeholder:"N" help:"At most."`
	Verbose bool          `short:"v" help:"More."`
}

func (showCommand) Help() string { return "Files may be compressed." }

type fetchCommand struct {
	From string `required:"" placeholder:"URL" help:"From where."`
	To   string `arg:"" help:"To where."`
}

type rawCommand struct {
	Words []string `arg:"" optional:""`
}

type program struct {
	Color string `enum:"auto,never" default:"auto" help:"Colors: ${enum}."`

	Show  showCommand  `cmd:"" default:"withargs" help:"Show ${thing}. This is the default."`
	Fetch fetchCommand `cmd:"" help:"Fetch."`
	Raw   rawCommand   `cmd:"" name:"__raw" hidden:"" passthrough:""`
	Tools struct {
		List struct{} `cmd:"" help:"List them."`
	} `cmd:"" help:"Tools."`
}

func grammar(t testing.TB) *command.Grammar[program] {
	t.Helper()
	g, err := command.New[program](command.Config{
		Name: "prog", Help: "A program.",
		Vars:   map[string]string{"thing": "files"},
		Groups: []command.Group{{Key: "out", Title: "Flags for the output"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestParse(t *testing.T) {
	yes, no := true, false
	show := func(change func(*showCommand)) program {
		p := program{Color: "auto", Show: showCommand{Format: "tree", Limit: 7}}
		change(&p.Show)
		return p
	}
	tests := []struct {
		reason string
		args   string
		want   program
		given  string
	}{
		{"nothing: the default command with its defaults", "", show(func(*showCommand) {}), ""},
		{"the default command's flags and arguments without its name", "--format json a", show(func(c *showCommand) {
			c.Format, c.Files = "json", []string{"a"}
		}), "--format <file>"},
		{"flags between and after arguments", "show a --seed=0x10 b --rate 0.5", show(func(c *showCommand) {
			c.Files, c.Seed, c.Rate = []string{"a", "b"}, 16, 0.5
		}), "<file> --seed --rate"},
		{"a flag of the program after the command", "show --color never", func() program {
			p := show(func(*showCommand) {})
			p.Color = "never"
			return p
		}(), "--color"},
		{"what follows -- is an argument", "show -- --format -", show(func(c *showCommand) {
			c.Files = []string{"--format", "-"}
		}), "<file>"},
		{"a dash is an argument, and a value", "show - --name -", show(func(c *showCommand) {
			c.Files, c.Name = []string{"-"}, "-"
		}), "<file> --name"},
		{"one list is split, one is not", "show --ids 1,2 --ids=3 --where a,b --where=c", show(func(c *showCommand) {
			c.IDs, c.Where = []int{1, 2, 3}, []string{"a,b", "c"}
		}), "--ids --where"},
		{"negated", "show --no-group", show(func(c *showCommand) { c.Group = &no }), "--group"},
		{
			"a negation that is negated", "show --no-group=false",
			show(func(c *showCommand) { c.Group = &yes }), "--group",
		},
		{"counted, in one word and in two", "show -ll -l", show(func(c *showCommand) { c.Loud = 3 }), "--loud"},
		{"counted by a number", "show --loud=5", show(func(c *showCommand) { c.Loud = 5 }), "--loud"},
		{
			"short flags in one word", "show -vl",
			show(func(c *showCommand) { c.Verbose, c.Loud = true, 1 }), "--verbose --loud",
		},
		{
			"the last of equal flags counts", "show --limit 1 --limit 2",
			show(func(c *showCommand) { c.Limit = 2 }), "--limit",
		},
		{"a value that decodes itself", "show --name ann", show(func(c *showCommand) { c.Name = "ANN" }), "--name"},
		{"an empty value", "show --where=", show(func(c *showCommand) { c.Where = []string{""} }), "--where"},
		{"a hidden flag works", "show --ghost", show(func(c *showCommand) { c.Ghost = true }), "--ghost"},
		{
			"required flags and arguments", "fetch --from x y",
			program{Color: "auto", Fetch: fetchCommand{From: "x", To: "y"}},
			"--from <to>",
		},
		{
			"passed through", "__raw --help -x -- a",
			program{Color: "auto", Raw: rawCommand{Words: []string{"--help", "-x", "--", "a"}}},
			"<words>",
		},
		{"a command of a command", "tools list", program{Color: "auto"}, ""},
	}
	g := grammar(t)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			got, line, err := g.Parse(strings.Fields(tt.args))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, *got, cmp.AllowUnexported(showCommand{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var given []string
			for _, v := range line.Given() {
				given = append(given, v.String())
			}
			if got := strings.Join(given, " "); got != tt.given {
				t.Errorf("given are %q, want %q", got, tt.given)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	tests := []struct{ reason, args, want string }{
		{"unknown, and like a known one", "show --formt x", "unknown flag --formt; did you mean --format?"},
		{"unknown, and the beginning of one", "show --sta", "unknown flag --sta; did you mean --stats?"},
		{"hidden flags aren't suggested", "show --ghos", "unknown flag --ghos; did you mean --group?"},
		{"unknown short", "show -x", "unknown flag -x"},
		{"a flag for the tests of packages", "show -test.v", "unknown flag"},
		{"without its value", "show --limit", "--limit has no value: want --limit=N"},
		{
			"followed by a flag", "show --name --seed=1",
			"--name is followed by --seed=1: want a value, or --name=--seed=1",
		},
		{"no number", "show --limit x", `--limit is "x": want a whole number`},
		{
			"too large", "show --seed 99999999999999999999",
			`--seed is "99999999999999999999": want a whole number from 0 to 18446744073709551615`,
		},
		{"no duration", "show --wait 3", `--wait is "3": want a duration, such as 250ms, 10s or 5m`},
		{"no truth value", "show --map=maybe", `--map is "maybe": want true or false`},
		{"negated with no truth value", "show --no-group=maybe", `--no-group is "maybe": want true or false`},
		{"none of the words", "show --format jsn", `--format is "jsn": want tree or json; did you mean json?`},
		{"it decodes itself", "show --name=", "--name: found nothing, want a word"},
		{"two of a set", "show --map --stats", "--map and --stats can't be used together"},
		{"a missing argument and flag", "fetch", "the command is incomplete: want --from=URL <to>"},
		{"a missing command", "tools", "the command is incomplete: want a command: list"},
		{"an unknown command", "tools lst", `unknown command "lst": want list; did you mean list?`},
		{
			"too many arguments", "fetch --from a b c",
			`unexpected argument "c": want prog fetch --from=URL <to> [flags]`,
		},
		{
			"a flag of the default command before another one", "--limit 3 fetch",
			`flag --limit applies to the default command "show", not "fetch"`,
		},
		{"no flag", "show --=x", "bad flag --=x: want --name or --name=value"},
	}
	g := grammar(t)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			_, _, err := g.Parse(strings.Fields(tt.args))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) ||
				strings.Count(err.Error(), "?") != strings.Count(tt.want, "?") {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	g := grammar(t)
	t.Setenv("COMMAND_TEST_WAIT", "3s")
	for args, want := range map[string]time.Duration{"show": 3 * time.Second, "show --wait 1s": time.Second} {
		p, line, err := g.Parse(strings.Fields(args))
		if err != nil || p.Show.Wait != want {
			t.Errorf("%s: %v, %v, want %v", args, p, err, want)
		} else if given := len(line.Given()); given != strings.Count(args, "--") {
			t.Errorf("%s: %d values count as given", args, given)
		}
	}
	t.Setenv("COMMAND_TEST_WAIT", "soon")
	_, _, err := g.Parse([]string{"show"})
	if err == nil || !strings.Contains(err.Error(), "from the variable COMMAND_TEST_WAIT") {
		t.Errorf("error %v, want one that names the variable", err)
	}
	if _, line, err := g.Parse([]string{"show", "--help"}); err != nil || !line.Help {
		t.Errorf("help needs no valid environment: %v", err)
	}
}

// A grammar with a mistake is refused, with the field.
func TestBadGrammars(t *testing.T) {
	check := func(reason, want string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", reason, err, want)
		}
	}
	_, err := command.New[struct {
		A string `hlep:"x"`
	}](command.Config{})
	check("a misspelled tag", ".A: unknown tag hlep", err)
	_, err = command.New[struct{ A map[string]int }](command.Config{})
	check("a type that can't be parsed", ".A: unsupported type map[string]int", err)
	_, err = command.New[struct {
		A int `default:"x"`
	}](command.Config{})
	check("a default that can't be parsed", `.A: --a is "x": want a whole number`, err)
	_, err = command.New[struct {
		A int `group:"x"`
	}](command.Config{})
	check("an unknown group", `.A: unknown group "x"`, err)
	_, err = command.New[struct {
		A int `help:"${x}"`
	}](command.Config{})
	check("an unknown variable", ".A: unknown variable ${x}", err)
	_, err = command.New[struct {
		A int `name:"b"`
		B int
	}](command.Config{})
	check("two flags of a name", ".B: a second flag --b", err)
	_, err = command.New[struct {
		A []string `arg:""`
		B string   `arg:""`
	}](command.Config{})
	check("an argument after a list", "want lists last", err)
	_, err = command.New[struct {
		A string `negatable:""`
	}](command.Config{})
	check("negatable text", ".A: only truth values are negatable", err)
}

func TestHelp(t *testing.T) {
	g := grammar(t)
	var out bytes.Buffer
	if err := g.Root.Child("show").WriteHelp(&out, 70); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Usage: prog show [<file> ...] [flags]\n", "Show files. This is the default.\n", "Files may be compressed.\n",
		"  -h, --help", "      --[no-]group", "      --limit=N", "At most. Default: 7.", "($COMMAND_TEST_WAIT).",
		"Flags for the output\n", `--format="tree"`, "One of tree,json.",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the help lacks %q:\n%s", want, &out)
		}
	}
	for _, unwanted := range []string{"ghost", "__raw"} {
		if strings.Contains(out.String(), unwanted) {
			t.Errorf("the help has the hidden %s:\n%s", unwanted, &out)
		}
	}
	for _, line := range strings.Split(out.String(), "\n") {
		if len(line) > 70 {
			t.Errorf("a line of %d columns, want at most 70: %s", len(line), line)
		}
	}
}

// Whatever values flags have, written to a command line they are parsed as they were.
func TestParseReadsWhatWasWritten(t *testing.T) {
	g := grammar(t)
	law.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~äλ]{0,8}`)
		want := program{Color: "auto", Show: showCommand{
			Format: rapid.SampledFrom([]string{"tree", "json"}).Draw(t, "format"),
			Wait:   time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "wait")),
			Seed:   rapid.Uint64().Draw(t, "seed"),
			Rate:   rapid.Float64().Draw(t, "rate"),
			Limit:  rapid.Int().Draw(t, "limit"),
			Map:    rapid.Bool().Draw(t, "map"),
			Loud:   rapid.IntRange(0, 3).Draw(t, "loud"),
		}}
		c := &want.Show
		args := []string{
			"--format", c.Format, "--wait", c.Wait.String(), fmt.Sprint("--seed=", c.Seed), fmt.Sprint("--rate=", c.Rate),
			fmt.Sprint("--limit=", c.Limit), fmt.Sprint("--map=", c.Map),
		}
		if c.Loud > 0 {
			args = append(args, "-"+strings.Repeat("l", c.Loud))
		}
		for range rapid.IntRange(0, 3).Draw(t, "wheres") {
			c.Where = append(c.Where, text.Draw(t, "where"))
			args = append(args, "--where="+c.Where[len(c.Where)-1])
		}
		if rapid.Bool().Draw(t, "named") {
			args = append([]string{"show"}, args...)
		}
		files := rapid.IntRange(0, 3).Draw(t, "files")
		if files > 0 {
			args = append(args, "--")
		}
		for range files {
			c.Files = append(c.Files, text.Draw(t, "file"))
			args = append(args, c.Files[len(c.Files)-1])
		}
		got, _, err := g.Parse(args)
		if err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		if diff := cmp.Diff(want, *got, cmp.AllowUnexported(showCommand{})); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", args, diff)
		}
	})
}

// FuzzParse parses any words: the result is a command or an error, never a panic.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"show\n--format\njson", "--no-group=x", "-lvx", "fetch\n--\n--", "__raw\n--help", "--=\n-", "-", "tools\nlist\nx",
	} {
		f.Add(seed)
	}
	g := grammar(f)
	f.Fuzz(func(t *testing.T, text string) {
		p, line, err := g.Parse(strings.Split(text, "\n"))
		switch {
		case err != nil && err.Error() == "":
			t.Error("the error has no text")
		case err == nil && (p == nil || line.Command == nil):
			t.Error("neither a command nor an error")
		case err == nil && line.Help:
			if err := line.Command.WriteHelp(&bytes.Buffer{}, 60); err != nil {
				t.Error(err)
			}
		}
	})
}

// BenchmarkParse reports what describing the grammar costs, as a ratio to parsing a line with it.
func BenchmarkParse(b *testing.B) {
	var describing, parsing time.Duration
	args := strings.Fields("show a b --format json --seed 7 --where x")
	for b.Loop() {
		began := time.Now()
		g := grammar(b)
		described := time.Now()
		if _, _, err := g.Parse(args); err != nil {
			b.Fatal(err)
		}
		describing += described.Sub(began)
		parsing += time.Since(described)
	}
	b.ReportMetric(float64(describing)/float64(parsing), "describe/parse")
}
