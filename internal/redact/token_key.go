package redact

import "strings"

// privateKey finds a private key, of PEM or with the four hyphens of SSH2's files, at the first
// hyphen of its first line, and all of the text from there when the last line is missing: whatever
// cut it short left key material.
func privateKey(s string, i int) Finding {
	const begin, end, private, dashes = "---- BEGIN ", "---- END ", "PRIVATE KEY", "----"
	first, last := begin, end
	if strings.HasPrefix(s[i:], "-----BEGIN ") {
		first, last = "-----BEGIN ", "-----END "
	} else if !strings.HasPrefix(s[i:], begin) {
		return Finding{}
	}
	body := i + len(first)
	// The longest label, "ENCRYPTED PRIVATE KEY", and room for more.
	label, _, _ := strings.Cut(s[body:min(len(s), body+64)], dashes)
	if !strings.Contains(label, private) {
		return Finding{}
	}
	closing := strings.Index(s[body:], last)
	if closing < 0 {
		return Finding{kindPrivateKey, i, len(s)}
	}
	closing += body + len(last)
	label, _, closed := strings.Cut(s[closing:min(len(s), closing+64)], dashes)
	if !closed {
		return Finding{kindPrivateKey, i, closing}
	}
	return Finding{kindPrivateKey, i, run(s, closing+len(label), 0, "-")}
}

// puttyKey finds a private key of PuTTY's at the first hyphen of its first line, up to the line
// with the check sum, or all of the text from there when that is missing.
func puttyKey(s string, from, i int) Finding {
	const name, first, last = "PuTTY", "-User-Key-File-", "Private-MAC:"
	if !strings.HasPrefix(s[i:], first) || i < from+len(name) || s[i-len(name):i] != name {
		return Finding{}
	}
	end := strings.Index(s[i:], last)
	if end < 0 {
		return Finding{kindPrivateKey, i - len(name), len(s)}
	}
	end += i + len(last)
	end += run(s[end:], 0, hexadecimal, " ")
	return Finding{kindPrivateKey, i - len(name), end}
}
