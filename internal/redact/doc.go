// Package redact defines what counts as sensitive in telemetry and how it is
// masked. Status messages, log attributes, printed headers and the checks all
// use this one definition, so what one of them hides no other shows.
//
// # What is found
//
//   - credentials after "Bearer" and "Basic", and the values of authorization
//     and cookie headers
//   - JSON Web Tokens, signed, unsigned and encrypted
//   - AWS access key ids (AKIA…, ASIA…)
//   - tokens that their issuer's prefix gives away: GitHub, GitLab, Slack,
//     Stripe, Google, npm, SendGrid, Hugging Face, OpenAI and Anthropic
//   - PEM private keys, whole or cut short
//   - values assigned to a sensitive name: password=…, "token": "…",
//     api_key: …; see [Key]
//   - user:password@ in URLs and in MySQL data source names
//   - parameters that sign or authorise a URL: X-Amz-Signature, sig,
//     access_token, …
//   - payment card numbers: a known issuer, its lengths, and the Luhn digit, in
//     one piece or in the groups that are printed on the card
//   - e-mail addresses
//
// # What is not found
//
// Random text without a prefix or a name before it, such as a bare AWS secret
// access key, looks like any hash and is left alone. So are names, postal
// addresses, telephone and bank account numbers, IP addresses, session and
// user ids, and command-line flags whose value follows a space. Encodings are not undone: base64 (but for Basic), percent-encoding
// and compression hide what they hold. A value that isn't quoted ends at white
// space and at any of , ; & ) ] } < > |, and an ordinary word in a sentence
// ("token: expired", "password: too short") is not a value.
//
// Identifiers that telemetry lives on are deliberately not sensitive: UUIDs,
// trace and span ids, hashes and image digests, versions, timestamps, ARNs,
// page tokens and idempotency keys.
//
// # Cost and safety
//
// Every function takes time linear in its input, accepts invalid UTF-8, and is
// safe for concurrent use. Text in which nothing is found costs one pass and no
// allocation.
package redact
