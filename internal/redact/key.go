package redact

// sensitiveEndings are what the names of secrets end in, in lower case and
// without separators. "key" and "auth" alone are not among them: they name
// cache keys and verdicts more often than secrets.
var sensitiveEndings = [...]string{
	"authorization", "cookie", "cookies",
	"password", "passwords", "passwd", "pwd", "passphrase",
	"secret", "secrets", "token",
	"apikey", "apikeys", "accesskey", "accesskeyid", "secretkey", "privatekey", "signingkey", "encryptionkey",
	"credential", "credentials", "xamzsignature", "xgoogsignature",
	"cvv", "cvc", // the check digits of a payment card
}

// innocentEndings name things that end like a secret and are none: cursors
// and the keys of retries, which only mean something to the service that
// gave them out.
var innocentEndings = [...]string{
	"pagetoken", "nexttoken", "continuationtoken", "paginationtoken", "starttoken", "resumetoken", "synctoken",
	"clientrequesttoken", "clienttoken", "idempotencytoken", "cancellationtoken",
}

const shortestEnding = len("pwd")

// byLastByte are the sensitive endings by the byte that they end in, so that a
// name is compared with few of them.
var byLastByte = func() (t [256][]string) {
	for _, e := range sensitiveEndings {
		last := e[len(e)-1]
		t[last] = append(t[last], e)
	}
	return t
}()

// derived are the endings of names for something made of a secret that is as
// sensitive as the secret itself.
var derived = [...]string{"hash", "confirmation", "confirm", "value"}

// Key reports whether values of the attribute, header, parameter or field key
// are sensitive whatever they say. Case does not matter, nor do hyphens,
// underscores, dots and spaces: api_key, X-Api-Key, apiKey and
// http.request.header.x-api-key are all sensitive.
func Key(key string) bool {
	if key == "PWD" || key == "OLDPWD" { // the shell's working directories
		return false
	}
	key = trimTail(key)
	for _, d := range derived {
		if len(key) < len(d)+shortestEnding {
			continue
		}
		if rest, ok := cutEnding(key, d); ok {
			key = trimTail(rest)
			break
		}
	}
	if len(key) < shortestEnding {
		return false
	}
	for _, e := range byLastByte[lowered(key[len(key)-1])] {
		if len(key) < len(e) {
			continue
		}
		if _, ok := cutEnding(key, e); !ok {
			continue
		}
		for _, innocent := range innocentEndings {
			if _, ok := cutEnding(key, innocent); ok {
				return false
			}
		}
		return true
	}
	// "pass" ends compass and bypass, so it counts only by itself.
	rest, ok := cutEnding(key, "pass")
	return ok && (rest == "" || separates(rest[len(rest)-1]))
}

// trimTail cuts the number and the separators off the end of a name.
func trimTail(key string) string {
	end := len(key)
	for end > 0 && (is(key[end-1], digit) || separates(key[end-1])) {
		end--
	}
	return key[:end]
}

// cutEnding returns what stands before the ending, which is in lower case and
// has no separators, and whether key has it at all.
func cutEnding(key, ending string) (rest string, ok bool) {
	k := len(key)
	for e := len(ending) - 1; e >= 0; e-- {
		for k > 0 && separates(key[k-1]) {
			k--
		}
		if k == 0 {
			return "", false
		}
		if lowered(key[k-1]) != ending[e] {
			return "", false
		}
		k--
	}
	return key[:k], true
}

func separates(b byte) bool { return b == '-' || b == '_' || b == '.' || b == ' ' }
