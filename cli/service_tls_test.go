package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority issues certificates, as PEM files in a folder.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	a.issue(t, name, &x509.Certificate{
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, Subject: pkix.Name{CommonName: name},
	})
	return a
}

// issue writes NAME.pem and NAME.key. The first certificate is the authority's own.
func (a *authority) issue(t *testing.T, name string, template *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert == nil {
		if a.cert, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		a.key = key
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(a.dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

// With --grpc-ca on both sides, only a gateway with a certificate of the authority is served.
func TestServicesOverMutualTLS(t *testing.T) {
	onFakes(t)
	ours, other := newAuthority(t, "ca"), newAuthority(t, "ca")
	for _, a := range []*authority{ours, other} {
		a.issue(t, "peer", &x509.Certificate{
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		})
	}
	own := []string{"--grpc-cert", ours.file("peer.pem"), "--grpc-key", ours.file("peer.key")}
	foreign := []string{"--grpc-cert", other.file("peer.pem"), "--grpc-key", other.file("peer.key")}
	trust := []string{"--grpc-ca", ours.file("ca.pem")}
	tasks := start(t, append(append([]string{"service", "taskservice", "--listen", ":0"}, own...), trust...)...)
	at := tasks.find(t, `The task service is at (\S+)`)
	for _, tt := range []struct {
		reason string
		flags  []string
		status int
	}{
		{"certificates of one authority", append(own[:2:2], append(own[2:], trust...)...), http.StatusCreated},
		{"no certificate", trust, http.StatusServiceUnavailable},
		{
			"another authority's certificate", append(foreign[:2:2], append(foreign[2:], trust...)...),
			http.StatusServiceUnavailable,
		},
		{"an authority that the gateway doesn't trust", own, http.StatusServiceUnavailable},
		{"no TLS", []string{"--insecure"}, http.StatusServiceUnavailable},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			args := append([]string{"service", "gateway", "--listen", ":0", "--tasks", at, "--attempts", "1"}, tt.flags...)
			gateway := start(t, args...)
			code, body := request(t, "POST", gateway.find(t, `at (http://\S+)`)+"/tasks", `{"title": "x"}`)
			if code != tt.status {
				t.Errorf("POST /tasks: %d %s, want %d", code, body, tt.status)
			}
		})
	}
}
