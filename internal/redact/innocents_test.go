package redact

import "testing"

var innocents = []struct{ text, reason string }{
	{"", "nothing"},
	{"task created", "plain words"},
	{"0af7651916cd43dd8448eb211c80319c", "a trace id"},
	{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a traceparent"},
	{"4111111111111111" + "1111111111111111", "a trace id of digits alone is no card, though a card starts it"},
	{"123e4567-e89b-12d3-a456-426614174000", "a UUID"},
	{"12345678-4111-4111-8111-111111111111", "a UUID of digits, with the groups of a card in it"},
	{"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "an image digest"},
	{"da39a3ee5e6b4b0d3255bfef95601890afd80709", "a SHA-1"},
	{"v1.36.12-0.20260928230214-8a89bd6388cc", "a pseudo-version"},
	{"golang.org/x/perf@v0.0.0-20260908200009", "a module and its version"},
	{"2026-11-20T08:31:45.123456789Z", "a timestamp"},
	{"1763627505123456789", "nanoseconds since 1970: 19 digits of no issuer"},
	{"1763627505123", "milliseconds since 1970: 13 digits of no issuer"},
	{"order 4111111111111112", "a card number's length with a wrong check digit"},
	{"ratio 0.4111111111111111", "a fraction"},
	{"4111111111111111.5", "a number with a fraction"},
	{"4111 1111-1111 1111", "two separators in one number"},
	{"account 123456789012", "an AWS account: 12 digits"},
	{"arn:aws:sqs:eu-west-1:123456789012:task-events", "an ARN"},
	{"secret=arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-Ab12Cd", "a secret's name in AWS isn't the secret"},
	{"UPDATE users SET password = @pw WHERE id = @id", "a parameter of SQL Server"},
	{"UPDATE users\nSET password=@P0", "a parameter, in lines"},
	{"UPDATE users SET password = %(pw)s", "a parameter of Python"},
	{"UPDATE users SET password = #{pw}", "a parameter of MyBatis"},
	{"EXEC login @user, @password = @p1", "a procedure's parameter"},
	{"SELECT * FROM a JOIN b ON a.token = b.token", "columns"},
	{"SELECT id FROM users WHERE password = crypt(?, salt)", "a function of a parameter"},
	{"SELECT id FROM sessions WHERE token = ANY($1)", "an operator's parameter"},
	{"UPDATE sessions SET token = DEFAULT", "a default"},
	{"UPDATE tokens SET token = token || $1, secret = COALESCE($2, secret)", "a column of the same name"},
	{"MATCH (u:User {password: $pw}) RETURN u", "a parameter of Cypher"},
	{"mutation Login($password: String!) { login(password: $password) { id } }", "a variable of GraphQL and its type"},
	{"query Q($tokens: [ID!]!, $token: ID) { me(token: $token) { id } }", "variables of GraphQL"},
	{"session:token:8fk2la9d", "a path of a cache"},
	{"idempotency_key=3f1c9a2b7d", "an idempotency key grants nothing"},
	{"?page_token=eyJpZCI6IjQyIn0&page_size=20", "a page token is a cursor"},
	{"next_page_token: eyJpZCI6IjQyIn0", "the same in a message"},
	{"key=user-42", "a key alone is any map's"},
	{"/cache?key=user-42&code=404", "short values of names that are common in URLs"},
	{"max_tokens=4096 gen_ai.usage.input_tokens=17", "counts of tokens"},
	{"token_type=Bearer", "the type of a token"},
	{"grant_type=password", "the name of a grant"},
	{"verify token: unexpected EOF", "a sentence about a token"},
	{"token: expired", "a verdict"},
	{"api_key: missing", "a verdict on a name that isn't a word"},
	{"password: must be 12 characters or more", "a sentence about a password"},
	{"password: too short", "another word follows"},
	{"authorization: denied", "a verdict"},
	{"cookie: not found", "no cookie has no value"},
	{"bearer token required", "words after the scheme"},
	{"WWW-Authenticate: Basic realm=\"tasks\"", "a challenge"},
	{"basic validation failed", "base64 by chance, but of no user:password"},
	{"password=", "nothing assigned"},
	{`{"password": null, "token": ""}`, "JSON without values"},
	{"password=**** token=xxxxx secret=<redacted>", "masked by another program"},
	{"password=[redacted]", "masked by this package"},
	{"Authorization: Bearer [redacted]", "a masked header"},
	{"UPDATE users SET password = ?, token = $1 WHERE id = :id", "parameters of a query"},
	{"SET password = :p", "a parameter by name"},
	{"password=${DB_PASSWORD}", "a variable in a template"},
	{`"token": {"type": "x"}`, "a structure"},
	{"PWD=/home/bob", "the shell's directory"},
	{"eyJpZCI6IjQyIiwidHMiOjE3fQ", "base64 of JSON, but no token: a cursor"},
	{"AKIAIOSFODNN7EXAMPLE2X", "too long for an access key id"},
	{"task_" + letters36, "an id with an unknown prefix"},
	{"pk_" + "live_" + letters36, "Stripe's publishable key is public"},
	{"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----", "a certificate is public"},
	{"ssh://git@github.com/x/y", "a user without a password"},
	{"git@github.com:x/y.git", "a repository"},
	{"https://bob@example.com/", "a user in a URL"},
	{"https://REDACTED:REDACTED@example.com/?sig=REDACTED", "masked as the semantic conventions have it"},
	{"https://bob:xxxxx@example.com/", "masked as net/url does"},
	{"https://bob:***@example.com/", "masked as net/http does"},
	{"http://[::1]:8080/tasks?page=2", "an IPv6 host"},
	{"dns:///svc.ns:443 passthrough:///bufnet", "gRPC targets"},
	{"icon@2x.png getty@tty1.service", "names with an @"},
	{"@scope/pkg@1.2.3", "an npm package"},
	{"user@localhost", "no domain"},
	{"tasks.TaskService/CreateTask", "a gRPC method"},
	{"\xff\xfe@\x80=\xc3:", "invalid UTF-8"},
}

func TestTextLeavesInnocentsAlone(t *testing.T) {
	for _, tt := range innocents {
		t.Run(tt.text, func(t *testing.T) {
			if found := Find(tt.text); found != nil {
				f := found[0]
				t.Errorf("Find(%q) = %s %q, want none: %s", tt.text, f.Kind, tt.text[f.Start:f.End], tt.reason)
			}
			if got := Text(tt.text); got != tt.text {
				t.Errorf("Text(%q) = %q, want it unchanged: %s", tt.text, got, tt.reason)
			}
		})
	}
}
