package redact

import "strings"

// sensitiveEndings are what the names of secrets end in, in lower case and
// without separators. "key" and "auth" alone are not among them: they name
// cache keys and verdicts more often than secrets.
var sensitiveEndings = [...]string{
	"authorization", "cookie", "cookies",
	"password", "passwords", "passwd", "pwd", "passphrase",
	"secret", "secrets", "token",
	"apikey", "apikeys", "accesskey", "accesskeyid", "secretkey", "privatekey", "signingkey", "encryptionkey",
	"accountkey", "sharedaccesskey", "sharedaccesssignature", "masterkey", "presharedkey",
	"credential", "credentials", "xamzsignature", "xgoogsignature",
	"jwt", "sessionid", "sessid", "gitlabsession", "passcode", "otpcode", "mfacode", "onetimecode",
	"cvv", "cvc", // the check digits of a payment card
}

// innocentTokens are prefixes of names of tokens that are not secrets: cursors and the keys of
// retries, which have a meaning only for the service that issued them, numbers of locks, and the
// tokens of language models.
var innocentTokens = [...]string{
	"page", "next", "continuation", "pagination", "start", "resume", "sync", "clientrequest", "client", "idempotency",
	"cancellation",
	"fencing", "fence", "stop", "eos", "bos", "pad",
}

// weakNames are names of secrets and, equally often, of other things. They have to be whole words,
// and their values have to look like secrets: see weakSecret.
var weakNames = [...]string{"auth", "otp", "totp", "pin", "sid", "ssn"}

// A sensitivity is how strongly a name suggests that its value is a secret.
type sensitivity uint8

const (
	harmless sensitivity = iota
	weak                 // if the value looks like one
	strong
)

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

// weakByLastByte are the weak names in the same way.
var weakByLastByte = func() (t [256][]string) {
	for _, name := range weakNames {
		last := name[len(name)-1]
		t[last] = append(t[last], name)
	}
	return t
}()

// derived are the endings of names for something made of a secret that is as
// sensitive as the secret itself.
var derived = [...]string{"hash", "confirmation", "confirm", "value"}

// Key reports whether values of the attribute, header, parameter or field key
// are sensitive whatever they say, or, for a few names such as auth, pin and
// otp, when they look like secrets. Case does not matter, nor do hyphens,
// underscores, dots and spaces: api_key, X-Api-Key, apiKey and
// http.request.header.x-api-key are all sensitive.
func Key(key string) bool { return keySensitivity(key) != harmless }

// keySensitivity judges a key whose characters may be written in other ways.
func keySensitivity(key string) sensitivity {
	var seen class
	for i := range len(key) {
		seen |= classes[key[i]]
	}
	if seen&disguise != 0 {
		if plain, _ := unfold(key); plain != "" {
			key = plain
		}
	}
	return sensitivityOf(key)
}

// sensitivityOf judges a name.
func sensitivityOf(key string) sensitivity {
	if key == "PWD" || key == "OLDPWD" { // the shell's working directories
		return harmless
	}
	key = trimTail(key)
	if key == "" || !is(key[len(key)-1], nameEnd) {
		return harmless
	}
	switch lowered(key[len(key)-1]) {
	case 'h', 'n', 'm', 'e': // the last letters of derived
		key = withoutDerived(key)
	}
	if len(key) < shortestEnding {
		return wordSensitivity(key)
	}
	for _, e := range byLastByte[lowered(key[len(key)-1])] {
		if len(key) < len(e) {
			continue
		}
		rest, ok := cutEnding(key, e)
		if !ok {
			continue
		}
		if e == "token" && rest != "" && innocentToken(rest) {
			return harmless
		}
		return strong
	}
	return wordSensitivity(key)
}

func innocentToken(what string) bool {
	for _, innocent := range innocentTokens {
		if _, ok := cutEnding(what, innocent); ok {
			return true
		}
	}
	return false
}

// withoutDerived returns what a name is derived of, or the name itself.
func withoutDerived(key string) string {
	for _, d := range derived {
		if len(key) < len(d)+shortestEnding {
			continue
		}
		if rest, ok := cutEnding(key, d); ok {
			return trimTail(rest)
		}
	}
	return key
}

// wordSensitivity judges names that end other words too, as pass ends compass.
func wordSensitivity(key string) sensitivity {
	if key == "" {
		return harmless
	}
	switch lowered(key[len(key)-1]) {
	case 's':
		if endsInWord(key, "pass") {
			return strong
		}
	case 'w':
		if endsInWord(key, "pw") {
			return strong
		}
	}
	for _, name := range weakByLastByte[lowered(key[len(key)-1])] {
		if endsInWord(key, name) {
			return weak
		}
	}
	return harmless
}

// endsInWord reports whether key ends in a word, and that begins where another one ends.
func endsInWord(key, name string) bool {
	rest, ok := cutEnding(key, name)
	if !ok {
		return false
	}
	if rest == "" || separates(rest[len(rest)-1]) {
		return true
	}
	first := key[len(rest)]
	return separates(first) || is(first, upper) && is(rest[len(rest)-1], lower)
}

// weakSecret reports whether the value of a weak name looks like a secret.
func weakSecret(name, value string) bool {
	if len(value) > longValue {
		return true
	}
	name = trimTail(name)
	switch {
	case endsInWord(name, "pin"):
		return len(value) >= 4 && len(value) <= 12 && allDigits(value)
	case endsInWord(name, "otp"), endsInWord(name, "totp"):
		return len(value) >= 4 && hasClass(value, digit)
	case endsInWord(name, "ssn"):
		return allDigits(strings.ReplaceAll(value, "-", "")) && len(value) >= 9 && len(value) <= 11
	case endsInWord(name, "sid"):
		return len(value) >= 12 && machineMade(value) && !strings.HasPrefix(value, "S-1-")
	default:
		return machineMade(value)
	}
}

// trimTail cuts the number and the separators off the end of a name.
func trimTail(key string) string {
	end := len(key)
	for end > 0 && (is(key[end-1], digit) || separates(key[end-1])) {
		end--
	}
	return key[:end]
}

// cutEnding returns the text before the ending, which is in lower case and
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
