package cli

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// serviceTLS are the flags for gRPC between the gateway and the task service.
type serviceTLS struct {
	Insecure bool   `env:"TRACELAB_INSECURE" help:"Use gRPC without TLS, which is never the default."`
	Cert     string `name:"grpc-cert" env:"TRACELAB_GRPC_CERT" placeholder:"FILE" help:"The service's own certificate for gRPC, in a PEM file. The gateway needs one for mutual TLS only."`
	Key      string `name:"grpc-key" env:"TRACELAB_GRPC_KEY" placeholder:"FILE" help:"The key of --grpc-cert."`
	CA       string `name:"grpc-ca" env:"TRACELAB_GRPC_CA" placeholder:"FILE" help:"CA certificates, one of which must have signed the other side's certificate. The task service then requires one (mutual TLS); the gateway trusts the system's authorities without it."`
}

// config returns what both sides have in common.
func (f serviceTLS) config() (*tls.Config, *x509.CertPool, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.Insecure && (f.Cert != "" || f.Key != "" || f.CA != "") {
		return nil, nil, usageError("--insecure has no effect next to --grpc-cert, --grpc-key and --grpc-ca: " +
			"want one or the other")
	}
	if (f.Cert == "") != (f.Key == "") {
		return nil, nil, usageError("--grpc-cert and --grpc-key belong together: want both")
	}
	if f.Cert != "" {
		certificate, err := tls.LoadX509KeyPair(f.Cert, f.Key)
		if err != nil {
			return nil, nil, usageError("read the certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	if f.CA == "" {
		return config, nil, nil
	}
	text, err := os.ReadFile(f.CA)
	if err != nil {
		return nil, nil, usageError("read --grpc-ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, nil, usageError("--grpc-ca: %s has no certificate: want PEM", f.CA)
	}
	return config, pool, nil
}

// clientCredentials returns the gateway's credentials.
func (f serviceTLS) clientCredentials() (credentials.TransportCredentials, error) {
	config, pool, err := f.config()
	if err != nil {
		return nil, err
	}
	if f.Insecure {
		return insecure.NewCredentials(), nil
	}
	config.RootCAs = pool // nil is the system's
	return credentials.NewTLS(config), nil
}

// serverCredentials returns the task service's credentials.
func (f serviceTLS) serverCredentials() (credentials.TransportCredentials, error) {
	config, pool, err := f.config()
	if err != nil {
		return nil, err
	}
	if f.Insecure {
		return insecure.NewCredentials(), nil
	}
	if f.Cert == "" {
		return nil, usageError("the task service has no certificate: want --grpc-cert and --grpc-key, or --insecure")
	}
	if pool != nil {
		config.ClientCAs, config.ClientAuth = pool, tls.RequireAndVerifyClientCert
	}
	return credentials.NewTLS(config), nil
}
