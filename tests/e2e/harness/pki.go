package harness

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// pki is what a control plane on loopback needs: an authority, a server certificate for 127.0.0.1,
// and a key that signs the tokens of service accounts.
type pki struct {
	CAFile, CertFile, KeyFile, TokenKeyFile string
	CA                                      []byte // PEM
	authority                               *x509.Certificate
	authorityKey                            *ecdsa.PrivateKey
	Server                                  tls.Certificate
}

func newPKI(dir string) (*pki, error) {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	tokenKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}

	authority := certificate(1, "berth e2e authority")
	authority.IsCA = true
	authority.BasicConstraintsValid = true
	authority.KeyUsage = x509.KeyUsageCertSign
	caPEM, err := sign(authority, authority, authorityKey, authorityKey)
	if err != nil {
		return nil, err
	}
	server := certificate(2, "127.0.0.1")
	server.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	server.DNSNames = []string{"localhost"}
	server.KeyUsage = x509.KeyUsageDigitalSignature
	server.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	serverPEM, err := sign(server, authority, serverKey, authorityKey)
	if err != nil {
		return nil, err
	}
	serverKeyPEM, err := keyPEM(serverKey)
	if err != nil {
		return nil, err
	}
	tokenKeyPEM, err := keyPEM(tokenKey)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(serverPEM, serverKeyPEM)
	if err != nil {
		return nil, err
	}

	p := &pki{
		CAFile:       filepath.Join(dir, "ca.crt"),
		CertFile:     filepath.Join(dir, "server.crt"),
		KeyFile:      filepath.Join(dir, "server.key"),
		TokenKeyFile: filepath.Join(dir, "service-account.key"),
		CA:           caPEM,
		authority:    authority,
		authorityKey: authorityKey,
		Server:       pair,
	}
	for path, content := range map[string][]byte{
		p.CAFile: caPEM, p.CertFile: serverPEM, p.KeyFile: serverKeyPEM, p.TokenKeyFile: tokenKeyPEM,
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Identity is a certificate with its key, in files.
type Identity struct {
	CertFile, KeyFile string
}

// Issue writes the certificate of a client, or of a server on 127.0.0.1, over what the files of that name held
// before: first the certificate, then the key, so that a reader in between sees no pair.
func (c *ControlPlane) Issue(name, file string) (Identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Identity{}, err
	}
	template := certificate(time.Now().UnixNano(), name)
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	certPEM, err := sign(template, c.pki.authority, key, c.pki.authorityKey)
	if err != nil {
		return Identity{}, err
	}
	ownPEM, err := keyPEM(key)
	if err != nil {
		return Identity{}, err
	}
	identity := Identity{CertFile: filepath.Join(c.dir, file+".crt"), KeyFile: filepath.Join(c.dir, file+".key")}
	if err := os.WriteFile(identity.CertFile, certPEM, 0o600); err != nil {
		return Identity{}, err
	}
	return identity, os.WriteFile(identity.KeyFile, ownPEM, 0o600)
}

// CAFile is the authority of every certificate on this control plane.
func (c *ControlPlane) CAFile() string { return c.pki.CAFile }

func certificate(serial int64, name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
}

func sign(template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

func keyPEM(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}
