package redact

import "strings"

// personalEndings are the last words, in lower case, of the names of attributes that identify a
// person.
var personalEndings = [...]string{
	"user.name", "customer.name", "fullname", "full_name", "firstname", "first_name", "lastname", "last_name", "phone",
	"iban", "birthday",
	"birth_date", "address.street", "email", "ip", "client.address",
}

// Personal reports whether an attribute of this key identifies a person. Such values are not
// masked: the conventions themselves record client.address. Whether traces should have them, and
// for how long, is for the owner of the data to decide.
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
