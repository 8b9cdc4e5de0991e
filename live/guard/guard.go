// Package guard protects HTTP servers on a person's own machine from the web pages that the person
// visits, and servers that others can reach from requests without the token.
//
// A page in a browser can send requests to 127.0.0.1. Those from a page of another site have an
// Origin of that site, and are refused. A page can also give its own name the address 127.0.0.1
// (DNS rebinding): then the requests have that name as their Host, which is refused too.
package guard

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Guard refuses requests. The zero Guard is for a server that only this machine can reach.
type Guard struct {
	// Hosts are the names by which the server may be called, next to localhost and IP addresses.
	Hosts []string
	// Token is required of every request, if it is not empty: as a bearer token, or in a cookie,
	// which a browser gets when it opens a URL with the token as [Parameter].
	Token string
	// Open are paths that need no token. One that ends in a slash is for all paths below it.
	Open []string
	// Admit, if it isn't nil, reports whether a request needs no token for another reason.
	Admit func(*http.Request) bool
	// Refuse writes the answer to a refused request; nil writes plain text.
	Refuse func(w http.ResponseWriter, r *http.Request, status int, message string)
}

// Parameter is the query parameter of the token in the URL that a browser opens first.
const Parameter = "token"

const cookie = "tracelab_token"

// NewToken returns a token that can't be guessed.
func NewToken() string { return rand.Text() }

// Wrap returns a handler that passes on what may pass.
func (g Guard) Wrap(next http.Handler) http.Handler {
	refuse := g.Refuse
	if refuse == nil {
		refuse = func(w http.ResponseWriter, _ *http.Request, status int, message string) {
			http.Error(w, message, status)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !g.isOwnHost(r.Host):
			refuse(w, r, http.StatusForbidden,
				"the Host header names another host: want localhost, an IP address, or a name that --host allows")
		case !isSameSite(r):
			refuse(w, r, http.StatusForbidden, "the request comes from a page of another site: want a local page")
		case g.Token == "" || g.isOpen(r) || g.hasToken(r):
			next.ServeHTTP(w, r)
		case g.isToken(r.URL.Query().Get(Parameter)) && r.Method == http.MethodGet:
			g.welcome(w, r)
		default:
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, r, http.StatusUnauthorized, Unauthenticated)
		}
	})
}

// Unauthenticated is the message to those who have no token.
const Unauthenticated = "the token is missing or wrong: want the header Authorization: Bearer with the token that " +
	"the server printed when it started"

// isOpen reports whether a request needs no token.
func (g Guard) isOpen(r *http.Request) bool {
	at := path.Clean(r.URL.Path) // "/open/../closed" is not below "/open/"
	return g.Admit != nil && g.Admit(r) || slices.ContainsFunc(g.Open, func(open string) bool {
		return at == open || strings.HasSuffix(open, "/") && strings.HasPrefix(at+"/", open)
	})
}

// isOwnHost reports whether the Host header can't be the name of a page's own server.
func (g Guard) isOwnHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return slices.ContainsFunc(g.Hosts, func(name string) bool { return strings.EqualFold(name, host) })
}

// isSameSite reports whether the request is not one that a page of another site makes.
func isSameSite(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		from, err := url.Parse(origin)
		return err == nil && strings.EqualFold(from.Host, r.Host)
	}
	switch cmp.Or(r.Header.Get("Sec-Fetch-Site"), "none") {
	case "none", "same-origin":
		return true
	}
	// Links from other sites are allowed: following one only reads a page.
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate"
}

func (g Guard) hasToken(r *http.Request) bool {
	if Bearer(r.Header.Get("Authorization"), g.Token) {
		return true
	}
	c, err := r.Cookie(cookie)
	return err == nil && g.isToken(c.Value)
}

func (g Guard) isToken(text string) bool {
	return subtle.ConstantTimeCompare([]byte(text), []byte(g.Token)) == 1
}

// Bearer reports whether an authorization header has the token.
func Bearer(header, token string) bool {
	scheme, text, _ := strings.Cut(header, " ")
	return strings.EqualFold(scheme, "Bearer") && Guard{Token: token}.isToken(strings.TrimSpace(text))
}

// welcome gives the browser a cookie, and takes the token out of the URL, so that it is not in the
// history.
func (g Guard) welcome(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Value: g.Token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
	query := r.URL.Query()
	query.Del(Parameter)
	to := url.URL{Path: r.URL.Path, RawQuery: query.Encode()}
	if strings.HasPrefix(to.Path, "//") { // or it would lead to another host
		to.Path = "/"
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}
