package redact

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Tokens are put together here, so that tools that look for leaked ones in
// source code don't take the examples for real.
const (
	letters36 = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5"
	awsKeyID  = "AKIA" + "IOSFODNN7EXAMPLE"
	jwtParts  = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0" + ".c2lnbmF0dXJl"
	pemKey    = "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----"
)

var secrets = []struct {
	text, want, kind, reason string
}{
	// Statements.
	{
		"UPDATE users SET password = 'hunter2'", "UPDATE users SET password = '[redacted]'", kindAssignment,
		"a text in a statement",
	},
	{
		"SELECT id FROM users WHERE password=hunter2", "SELECT id FROM users WHERE password=[redacted]", kindAssignment,
		"a value that a sanitizer took the quotes from",
	},
	{
		"query Q { a(password: [) }", "query Q { a(password: [[redacted]", kindAssignment,
		"nothing but a bracket, in a document",
	},
	{"set password=password", "set password=[redacted]", kindAssignment, "the most common password"},
	{
		"UPDATE users SET password = md5('hunter2') WHERE id = 1",
		"UPDATE users SET password = md5([redacted]) WHERE id = 1", kindAssignment, "what a function is given",
	},
	{
		"SELECT 1 WHERE password=crypt(\"hun)ter2\", gen_salt('bf', 8)) AND a = 1",
		"SELECT 1 WHERE password=[redacted]) AND a = 1", kindAssignment, "parentheses in quotes, and nested ones",
	},
	{"password = md5('hunter2", "password = [redacted]", kindAssignment, "a call that is cut off"},
	{"UPDATE users SET pin = 1234", "UPDATE users SET pin = [redacted]", kindAssignment, "a number in a statement"},
	{
		"update failed: password=@dmin123", "update failed: password=[redacted]", kindAssignment,
		"a message that begins like a statement",
	},
	{"password=$ecret1", "password=[redacted]", kindAssignment, "what would be a parameter in a statement"},
	{"token=abc.def", "token=[redacted]", kindAssignment, "what would be a column in a statement"},
	{
		`mutation { login(password: "hunter2") { id } }`, `mutation { login(password: "[redacted]") { id } }`,
		kindAssignment, "a text in a document of GraphQL",
	},
	{"query failed: password: Secret", "query failed: password: [redacted]", kindAssignment, "a message"},
	// Credentials of HTTP and gRPC.
	{
		"Authorization: Bearer abc", "Authorization: Bearer [redacted]", kindBearer,
		"in the header every credential counts, and the scheme stays",
	},
	{"authorization: bearer " + jwtParts, "authorization: bearer [redacted]", kindBearer, "a wire header in lower case"},
	{
		"sent Bearer 7f3c9aa1e0 upstream", "sent Bearer [redacted] upstream", kindBearer,
		"a generated credential after the scheme alone",
	},
	{"BASIC dXNlcjpwYXNz", "BASIC [redacted]", kindBasic, "base64 of user:pass"},
	{"Authorization: Basic x", "Authorization: Basic [redacted]", kindBasic, "in the header it needn't decode"},
	{
		"proxy-authorization: Token 12ab", "proxy-authorization: Token [redacted]", kindBearer,
		"a scheme of GitHub's and Django's",
	},
	{
		"Authorization: Digest username=\"bob\", response=\"6629\"\nHost: a",
		"Authorization: Digest [redacted]\nHost: a", kindAssignment, "parameters to the end of the line",
	},
	{"Authorization: Custom 81a9b2c3", "Authorization: Custom [redacted]", kindAssignment, "an unregistered scheme"},
	{"map[Authorization:[Bearer abc]]", "map[Authorization:[[redacted]]]", kindAssignment, "a header as Go prints it"},
	{"Cookie: sid=31d4; theme=dark", "Cookie: [redacted]", kindCookie, "all cookies of the line"},
	{
		"Set-Cookie: sid=31d4; Path=/\r\nVary: *", "Set-Cookie: [redacted]\r\nVary: *", kindCookie,
		"up to the end of the line",
	},
	{`{"set-cookie": ["a=1", "b=2"]}`, `{"set-cookie": [[redacted]]}`, kindAssignment, "every value of a list"},

	// Assignments.
	{"password=hunter2", "password=[redacted]", kindAssignment, "the plainest form"},
	{"user=bob password=hunter2 host=db", "user=bob password=[redacted] host=db", kindAssignment, "a connection string"},
	{`{"token": "abc", "n": 1}`, `{"token": "[redacted]", "n": 1}`, kindAssignment, "JSON"},
	{`{\"password\":\"hunter2\"}`, `{\"password\":\"[redacted]\"}`, kindAssignment, "JSON within JSON"},
	{`"password": "a\"b"`, `"password": "[redacted]"`, kindAssignment, "an escaped quote doesn't close"},
	{`{"password": "cut sho`, `{"password": "[redacted]`, kindAssignment, "a value without its end"},
	{"api_key: abcdef", "api_key: [redacted]", kindAssignment, "YAML; the name is no word of a sentence"},
	{"X-Api-Key: abcdef", "X-Api-Key: [redacted]", kindAssignment, "a header of that name"},
	{"clientSecret=abc&x=1", "clientSecret=[redacted]&x=1", kindAssignment, "camel case; a form goes on after &"},
	{"secret := 'open sesame'", "secret := '[redacted]'", kindAssignment, "source code; quoted text may have spaces"},
	{`:password => "pw"`, `:password => "[redacted]"`, kindAssignment, "Ruby"},
	{"user[password]=pw1", "user[password]=[redacted]", kindAssignment, "a nested form field"},
	{"{Name:bob Password:swordfish}", "{Name:bob Password:[redacted]}", kindAssignment, "a struct as Go prints it"},
	{"password: swordfish", "password: [redacted]", kindAssignment, "a word, and nothing that makes it a sentence"},
	{
		"password: swordfish user: bob", "password: [redacted] user: bob", kindAssignment,
		"the next word names another field",
	},
	{
		"login failed: token: 8fk2la9d", "login failed: token: [redacted]", kindAssignment,
		"a generated value in a sentence",
	},
	{
		"DB_PASSWORD=pw1 AWS_SECRET_ACCESS_KEY=k/1", "DB_PASSWORD=[redacted] AWS_SECRET_ACCESS_KEY=[redacted]",
		kindAssignment, "environment variables",
	},
	{"password=[redacted]rest", "password=[redacted]", kindAssignment, "masked in part only"},

	// Tokens that give themselves away.
	{"got " + jwtParts + ".", "got [redacted]", kindJWT, "a signed token; base64url parts have no end of their own"},
	{"eyJhbGciOiJub25lIn0" + ".eyJzdWIiOiIxIn0" + ".", "[redacted]", kindJWT, "an unsigned token has an empty third part"},
	{"id " + awsKeyID + ",", "id [redacted],", kindAWSAccessKey, "a long-term key id"},
	{"ASIA" + "IOSFODNN7EXAMPLE", "[redacted]", kindAWSAccessKey, "a temporary key id"},
	{"clone with gh" + "p_" + letters36, "clone with [redacted]", kindProviderToken, "GitHub, personal"},
	{"github" + "_pat_" + letters36, "[redacted]", kindProviderToken, "GitHub, fine-grained"},
	{"(xox" + "b-123456789012-abcdef)", "([redacted])", kindProviderToken, "Slack"},
	{"sk_" + "live_" + letters36, "[redacted]", kindProviderToken, "Stripe"},
	{"AI" + "za" + letters36, "[redacted]", kindProviderToken, "Google API key"},
	{"ya" + "29." + letters36, "[redacted]", kindProviderToken, "Google OAuth"},
	{"glp" + "at-" + letters36, "[redacted]", kindProviderToken, "GitLab"},
	{"npm" + "_" + letters36, "[redacted]", kindProviderToken, "npm"},
	{"sk-" + "ant-" + letters36, "[redacted]", kindProviderToken, "Anthropic"},
	{pemKey + " read", "[redacted] read", kindPrivateKey, "a whole key"},
	{pemKey[:50], "[redacted]", kindPrivateKey, "a key that an attribute limit cut"},
	{
		"-----BEGIN PRIVATE KEY-----\\nMII\\n-----END PRIVATE KEY-----\\n", "[redacted]\\n", kindPrivateKey,
		"line ends as JSON escapes them",
	},

	// URLs.
	{
		"dial redis://:pw@cache:6379/0", "dial redis://[redacted]@cache:6379/0", kindURLCredentials,
		"a password without a user",
	},
	{"postgres://bob:p@ss@db/x", "postgres://[redacted]@db/x", kindURLCredentials, "the last @ ends the password"},
	{"bob:pw@tcp(db:3306)/x", "[redacted]@tcp(db:3306)/x", kindURLCredentials, "a MySQL data source name"},
	{
		"https://b/o?X-Amz-Signature=fe5f80&X-Amz-Date=1", "https://b/o?X-Amz-Signature=[redacted]&X-Amz-Date=1",
		kindURLParameter, "S3",
	},
	{"GET /blob?sv=1&sig=aGk%3D HTTP/1.1", "GET /blob?sv=1&sig=[redacted] HTTP/1.1", kindURLParameter, "Azure"},
	{"/cb?access_token=abc#top", "/cb?access_token=[redacted]", kindURLParameter, "OAuth"},
	{"/maps?key=" + letters36 + "#top", "/maps?key=[redacted]#top", kindURLParameter, "a generated key in a URL"},

	// People.
	{"card 4111111111111111 declined", "card [redacted] declined", kindCard, "Visa in one piece"},
	{"4111 1111 1111 1111", "[redacted]", kindCard, "in groups"},
	{"no.: 5500-0055-5555-5559.", "no.: [redacted].", kindCard, "Mastercard with hyphens, at the end of a sentence"},
	{"3782 822463 10005", "[redacted]", kindCard, "American Express in its own groups"},
	{"mail bob@example.com now", "mail [redacted] now", kindEmail, "an address"},
	{"<b.o-b+x@mail.example.co.uk>,", "<[redacted]>,", kindEmail, "dots, a tag and a long domain"},
	{"bob@münchen.example", "[redacted]", kindEmail, "a domain that isn't ASCII"},
	{"a@x.io, b@y.io", "[redacted], [redacted]", kindEmail, "two of them"},
}

func TestTextMasksSecretsAndNothingElse(t *testing.T) {
	for _, tt := range secrets {
		t.Run(tt.text, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Text(tt.text)); diff != "" {
				t.Errorf("Text (-want +got), %s:\n%s", tt.reason, diff)
			}
			found := Find(tt.text)
			if len(found) == 0 {
				t.Fatalf("Find(%q) = none, want %s: %s", tt.text, tt.kind, tt.reason)
			}
			if found[0].Kind != tt.kind {
				t.Errorf("Find(%q)[0].Kind = %s, want %s: %s", tt.text, found[0].Kind, tt.kind, tt.reason)
			}
		})
	}
}

func TestFindGivesOffsetsInTheOriginalText(t *testing.T) {
	const text = "bob@example.com password=hunter2 é 4111111111111111"
	var got []string
	for _, f := range Find(text) {
		got = append(got, f.Kind+" "+text[f.Start:f.End])
	}
	want := []string{"email bob@example.com", "assignment hunter2", "card 4111111111111111"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Find (-want +got):\n%s", diff)
	}
}
