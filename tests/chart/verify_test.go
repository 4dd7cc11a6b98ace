package chart

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// verify tells whether the certificate is of the authority and good for the name; both are PEM.
func verify(certificate, authority, name string) error {
	block, _ := pem.Decode([]byte(certificate))
	if block == nil {
		return errors.New("no PEM")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(authority)) {
		return errors.New("no authority")
	}
	_, err = parsed.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}
