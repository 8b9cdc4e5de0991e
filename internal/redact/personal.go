package redact

import "strings"

// personalEndings are what the names of attributes end in that say who somebody is, in lower case. They are whole words.
var personalEndings = [...]string{
	"user.name", "customer.name", "fullname", "full_name", "firstname", "first_name", "lastname", "last_name", "phone", "iban", "birthday",
	"birth_date", "address.street", "email", "ip", "client.address",
}

// Personal reports whether an attribute of this key says who somebody is. Such values are not masked: the conventions
// themselves record client.address. They are a matter of what one wants to have in traces, and for how long.
func Personal(key string) bool {
	key = strings.ToLower(key)
	for _, ending := range personalEndings {
		before, found := strings.CutSuffix(key, ending)
		if found && (before == "" || strings.HasSuffix(before, ".") || strings.HasSuffix(before, "_")) {
			return true
		}
	}
	return false
}
