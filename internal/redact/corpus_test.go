package redact

import (
	"bufio"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// corpus returns the lines of a file in testdata, without comments and empty ones.
func corpus(t testing.TB, name string) []string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []string
	for in := bufio.NewScanner(f); in.Scan(); {
		if line := in.Text(); line != "" && !strings.HasPrefix(line, "# ") {
			lines = append(lines, strings.ReplaceAll(line, `\n`, "\n"))
		}
	}
	return lines
}

var randomPart = regexp.MustCompile(`<([aAxdbwz])(\d+)>`)

// planted returns the text of a line, and the secrets in it.
func planted(line string) (text string, secrets []string) {
	const (
		digits = "0123456789"
		lowers = "abcdefghijklmnopqrstuvwxyz"
	)
	uppers := strings.ToUpper(lowers)
	alphabets := map[string]string{
		"a": lowers + uppers + digits, "A": uppers + "234567", "x": digits + "abcdef", "d": "123456789",
		"b": lowers + uppers + digits + "+/", "w": lowers + digits, "z": lowers + uppers + digits + "+/",
	}
	random := rand.New(rand.NewPCG(uint64(len(line)), 1))
	line = randomPart.ReplaceAllStringFunc(strings.ReplaceAll(line, "¦", ""), func(part string) string {
		m := randomPart.FindStringSubmatch(part)
		n, _ := strconv.Atoi(m[2])
		alphabet, out := alphabets[m[1]], make([]byte, n)
		for i := range out {
			out[i] = alphabet[random.IntN(len(alphabet))]
		}
		return string(out)
	})
	for rest := line; ; {
		_, after, found := strings.Cut(rest, "«")
		if !found {
			break
		}
		secret, after, _ := strings.Cut(after, "»")
		secrets, rest = append(secrets, secret), after
	}
	return strings.NewReplacer("«", "", "»", "").Replace(line), secrets
}

// left reports whether eight bytes in a row of the secret, or all of a shorter one, are left.
func left(masked, secret string) bool {
	const enough = 8
	for i := 0; i+min(len(secret), enough) <= len(secret); i++ {
		if strings.Contains(masked, secret[i:i+min(len(secret), enough)]) {
			return true
		}
	}
	return false
}

func TestPlantedSecretsAreFound(t *testing.T) {
	lines := corpus(t, "planted.txt")
	missed := 0
	for _, line := range lines {
		text, secrets := planted(line)
		if len(secrets) == 0 {
			t.Errorf("nothing is planted in %s", line)
		}
		masked := Text(text)
		for _, secret := range secrets {
			if left(masked, secret) {
				missed++
				t.Logf("missed: %s\n   left: %s", line, masked)
				break
			}
		}
	}
	found := len(lines) - missed
	t.Logf("found %d of %d planted secrets, %.1f %%", found, len(lines), 100*float64(found)/float64(len(lines)))
	if len(lines) < 200 || float64(found) < 0.95*float64(len(lines)) {
		t.Errorf("found %d of %d, want 95 %% of 200 or more", found, len(lines))
	}
}

func TestInnocentTextsAreLeftAlone(t *testing.T) {
	lines := corpus(t, "innocents.txt")
	for _, text := range lines {
		for _, f := range Find(text) {
			t.Errorf("%s: %q is taken for a secret: %s", text, text[f.Start:f.End], f.Kind)
		}
	}
	t.Logf("%d innocent texts", len(lines))
	if len(lines) < 200 {
		t.Errorf("%d innocent texts, want 200 or more", len(lines))
	}
}
