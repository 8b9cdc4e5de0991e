// Package redact defines what is sensitive in telemetry, and masks it. Status messages, log
// attributes, printed headers, exported and displayed spans and the checks all use this one
// definition, so what one of them hides no other shows.
//
// [Text] masks a text and [Find] returns what it masks. A [Rule] is what the key of an attribute
// means for its values. A [Masker] applies rules to all parts of a span; adapters for types of
// spans show them to it.
//
// # Found
//
//   - credentials after "Bearer" and "Basic", and the values of authorization and cookie headers
//   - JSON Web Tokens, signed, unsigned and encrypted
//   - AWS access key IDs, with the secret after them, and secrets after the word
//   - tokens that their issuer's prefix or form gives away; gitleaks' rules are the reference
//   - private keys of PEM, SSH2, PGP and PuTTY, whole or cut short
//   - values assigned to a sensitive name (see [Key]) in forms, JSON, YAML, source code, XML, SQL
//     and command lines: password=…, "token": "…", <password>…</password>, IDENTIFIED BY '…',
//     --password …
//   - user:password@ and tokens before the host of a URL, and in MySQL data source names
//   - webhooks, and parameters that sign or authorize a URL: X-Amz-Signature, sig, access_token, …
//   - payment card numbers: a known issuer, its lengths, and the Luhn digit, in one piece or in
//     groups
//   - international bank account numbers and US social security numbers
//   - e-mail addresses
//
// All of it also percent-encoded, escaped or as HTML entities, once or several times, in full
// width, with look-alike letters of other alphabets, and with characters that can't be seen in
// between.
//
// # Not found
//
// Random text without a prefix or a name before it looks like any hash and is left alone. So are
// names, postal addresses, telephone numbers, IP addresses and user IDs. Base64 (but for Basic) and
// compression hide what they hold. A value that isn't quoted ends at white space and at any of
// ; & ) ] } < > |, and an ordinary word in a sentence ("token: expired", "password: too short") is
// not a value.
//
// Identifiers that telemetry lives on are deliberately not sensitive: UUIDs, trace and span IDs,
// hashes and image digests, versions, timestamps, ARNs, page tokens and idempotency keys, and
// numbers that the word or key before them calls an ID, a phone or a tracking number.
//
// # Cost and safety
//
// Every function takes time linear in its input, accepts invalid UTF-8, and is safe for concurrent
// use, except that a Masker is not. Text in which nothing is found, and that has no encoded
// characters, costs one pass and no allocation.
package redact
