package guard_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"tracelab/live/guard"
)

func TestGuard(t *testing.T) {
	const token = "sesame"
	admitX := func(r *http.Request) bool { return r.URL.RawQuery == "x" }
	for _, test := range []struct {
		reason string
		guard  guard.Guard
		target string
		method string
		header []string
		want   int
	}{
		{reason: "localhost", target: "http://localhost:8080/", want: 200},
		{reason: "a name below localhost", target: "http://lab.localhost/", want: 200},
		{reason: "an IPv4 address", target: "http://127.0.0.1:8080/", want: 200},
		{reason: "an IPv6 address", target: "http://[::1]:8080/", want: 200},
		{reason: "a rebound name", target: "http://evil.example:8080/", want: 403},
		{reason: "a name that begins as an allowed one", target: "http://localhost.evil.example/", want: 403},
		{reason: "a name that ends as an allowed one", target: "http://evillocalhost/", want: 403},
		{
			reason: "an allowed name",
			guard:  guard.Guard{Hosts: []string{"Box.example"}}, target: "http://box.example:8080/", want: 200,
		},
		{
			reason: "a name below an allowed one",
			guard:  guard.Guard{Hosts: []string{"box.example"}}, target: "http://a.box.example/", want: 403,
		},
		{
			reason: "the page's own requests",
			target: "http://127.0.0.1:8080/", method: "POST", header: []string{"Origin", "http://127.0.0.1:8080"}, want: 200,
		},
		{
			reason: "a post of another site",
			target: "http://127.0.0.1:8080/", method: "POST", header: []string{"Origin", "https://evil.example"}, want: 403,
		},
		{
			reason: "a page on another port is another site",
			target: "http://127.0.0.1:8080/", method: "POST", header: []string{"Origin", "http://127.0.0.1:9999"}, want: 403,
		},
		{
			reason: "an origin that is hidden",
			target: "http://127.0.0.1:8080/", method: "POST", header: []string{"Origin", "null"}, want: 403,
		},
		{
			reason: "an image in a page of another site",
			target: "http://127.0.0.1:8080/", header: []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"},
			want: 403,
		},
		{
			reason: "a link in a page of another site",
			target: "http://127.0.0.1:8080/", header: []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"},
			want: 200,
		},
		{
			reason: "a form in a page of another site",
			target: "http://127.0.0.1:8080/", method: "POST",
			header: []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, want: 403,
		},
		{reason: "no token", guard: guard.Guard{Token: token}, target: "http://10.0.0.1/", want: 401},
		{
			reason: "another token", guard: guard.Guard{Token: token}, target: "http://10.0.0.1/",
			header: []string{"Authorization", "Bearer sesamo"}, want: 401,
		},
		{
			reason: "the token", guard: guard.Guard{Token: token}, target: "http://10.0.0.1/",
			header: []string{"Authorization", "bearer sesame"}, want: 200,
		},
		{
			reason: "the token of another scheme", guard: guard.Guard{Token: token}, target: "http://10.0.0.1/",
			header: []string{"Authorization", "Basic sesame"}, want: 401,
		},
		{
			reason: "the cookie", guard: guard.Guard{Token: token}, target: "http://10.0.0.1/",
			header: []string{"Cookie", "tracelab_token=sesame"}, want: 200,
		},
		{
			reason: "the token doesn't help a foreign page", guard: guard.Guard{Token: token}, target: "http://10.0.0.1/",
			header: []string{"Cookie", "tracelab_token=sesame", "Origin", "http://evil.example"}, want: 403,
		},
		{reason: "the URL", guard: guard.Guard{Token: token}, target: "http://10.0.0.1/?token=sesame", want: 303},
		{
			reason: "the URL can't post", guard: guard.Guard{Token: token}, target: "http://10.0.0.1/?token=sesame",
			method: "POST", want: 401,
		},
		{
			reason: "an open path", guard: guard.Guard{Token: token, Open: []string{"/healthz"}},
			target: "http://10.0.0.1/healthz", want: 200,
		},
		{
			reason: "a path below an open path without a slash", guard: guard.Guard{Token: token, Open: []string{"/healthz"}},
			target: "http://10.0.0.1/healthz/x", want: 401,
		},
		{
			reason: "an open folder", guard: guard.Guard{Token: token, Open: []string{"/class/"}},
			target: "http://10.0.0.1/class/", want: 200,
		},
		{
			reason: "a path below an open folder", guard: guard.Guard{Token: token, Open: []string{"/class/"}},
			target: "http://10.0.0.1/class/api/board", want: 200,
		},
		{
			reason: "a path that begins as an open folder", guard: guard.Guard{Token: token, Open: []string{"/class/"}},
			target: "http://10.0.0.1/classified", want: 401,
		},
		{
			reason: "a path that leads out of an open folder", guard: guard.Guard{Token: token, Open: []string{"/class/"}},
			target: "http://10.0.0.1/class/../api/v1/traces", want: 401,
		},
		{
			reason: "the same, with an escaped dot", guard: guard.Guard{Token: token, Open: []string{"/class/"}},
			target: "http://10.0.0.1/class/%2e%2e/api/v1/traces", want: 401,
		},
		{
			reason: "a request that is admitted", guard: guard.Guard{Token: token, Admit: admitX},
			target: "http://10.0.0.1/?x", want: 200,
		},
		{
			reason: "a request that is not admitted", guard: guard.Guard{Token: token, Admit: admitX},
			target: "http://10.0.0.1/?y", want: 401,
		},
		{
			reason: "who is admitted is still no foreign page", guard: guard.Guard{Token: token, Admit: admitX},
			target: "http://10.0.0.1/?x", header: []string{"Origin", "http://evil.example"}, want: 403,
		},
	} {
		r := httptest.NewRequestWithContext(t.Context(), test.method, test.target, nil)
		for i := 0; i < len(test.header); i += 2 {
			r.Header.Set(test.header[i], test.header[i+1])
		}
		w := httptest.NewRecorder()
		test.guard.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
		if w.Code != test.want {
			t.Errorf("%s: %d, want %d", test.reason, w.Code, test.want)
		}
	}
}

func TestTokenLeavesTheURL(t *testing.T) {
	g := guard.Guard{Token: "sesame"}
	for target, want := range map[string]string{
		"http://10.0.0.1/a?x=1&token=sesame":             "/a?x=1",
		"http://10.0.0.1//evil.example/?token=sesame":    "/",
		"http://10.0.0.1/trace%2F1?token=sesame&y=%26":   "/trace/1?y=%26",
		"http://10.0.0.1/?token=sesame&token=else&z=%3D": "/?z=%3D",
	} {
		w := httptest.NewRecorder()
		g.Wrap(nil).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil))
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != want {
			t.Errorf("%s: %d %q, want %q", target, w.Code, got, want)
		}
		if got := w.Header().Get("Set-Cookie"); got != "tracelab_token=sesame; Path=/; HttpOnly; SameSite=Strict" {
			t.Errorf("%s: cookie %q", target, got)
		}
	}
}
