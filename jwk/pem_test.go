package jwk_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/machineauth/jwk"
)

func block(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func publicPEM(public crypto.PublicKey) string {
	return block("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(public)))
}

// bare is the base64 of a PEM block.
func bare(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[1:len(lines)-1], "")
}

func TestFromPEM_EachForm(t *testing.T) {
	for _, alg := range []jwk.Algorithm{jwk.RS256, jwk.ES256, jwk.ES384, jwk.ES512, jwk.EdDSA} {
		signer := signerFor(alg)
		text := publicPEM(signer.Public())
		forms := map[string]string{
			"PEM":                    text,
			"CRLF":                   strings.ReplaceAll(text, "\n", "\r\n"),
			"surrounding space":      "\n\t  " + text + " \n\n",
			`\n for line breaks`:     strings.ReplaceAll(text, "\n", `\n`),
			`\r\n for line breaks`:   strings.ReplaceAll(text, "\n", `\r\n`),
			"spaces for line breaks": strings.ReplaceAll(text, "\n", " "),
			"no line breaks":         strings.ReplaceAll(text, "\n", ""),
			"bare":                   bare(text),
			"bare, lines":            strings.Join(strings.Split(text, "\n")[1:len(strings.Split(text, "\n"))-2], "\n"),
			"bare, no padding":       strings.TrimRight(bare(text), "="),
		}
		if rsaPublic, ok := signer.Public().(*rsa.PublicKey); ok {
			forms["PKCS#1"] = block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(rsaPublic))
		}
		signature := sign(t, must(jwk.NewPrivateKey("k", "", signer)), input)
		for name, form := range forms {
			source, err := jwk.FromPEM([]byte(form))
			if err != nil {
				t.Errorf("%s, %s: %v", alg, name, err)
				continue
			}
			for _, kid := range []string{"", "ins_1", "another"} { // it answers to every kid
				key, err := source.Key(t.Context(), kid)
				if err != nil || key.Algorithm() != alg || key.Verify(input, signature) != nil {
					t.Errorf("%s, %s, kid %q: got %v, %v", alg, name, kid, key, err)
				}
			}
		}
	}
}

func TestV3_FromPEMReportsTheAssumedAlgorithm(t *testing.T) {
	got := must(jwk.FromPEM([]byte(publicPEM(rsaKey().Public())))).Report()
	want := jwk.Report{Usable: 1, Assumed: []jwk.Note{{Reason: "it names no algorithm, and is taken to be for RS256"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Report (-want +got):\n%s", diff)
	}
}

func TestFromPEM_SaysWhatIsWrong(t *testing.T) {
	text := publicPEM(p256Key().Public())
	pkcs8 := must(x509.MarshalPKCS8PrivateKey(p256Key()))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "c"}}
	certificate := must(x509.CreateCertificate(rand.Reader, template, template, p256Key().Public(), p256Key()))
	small := must(rsa.GenerateKey(rand.Reader, 1024)).Public()
	for name, row := range map[string]struct{ pem, want string }{
		"empty":                  {"", "empty"},
		"spaces":                 {" \n ", "empty"},
		"private key":            {block("PRIVATE KEY", pkcs8), "openssl pkey -pubout"},
		"RSA private key":        {block("RSA PRIVATE KEY", []byte("x")), "openssl pkey -pubout"},
		"EC private key":         {block("EC PRIVATE KEY", []byte("x")), "openssl pkey -pubout"},
		"encrypted private key":  {block("ENCRYPTED PRIVATE KEY", []byte("x")), "openssl pkey -pubout"},
		"bare private key":       {bare(block("PRIVATE KEY", pkcs8)), "PUBLIC KEY"},
		"certificate":            {block("CERTIFICATE", certificate), "openssl x509 -pubkey"},
		"another label":          {block("DH PARAMETERS", []byte("x")), "DH PARAMETERS"},
		"two blocks":             {text + text, "FromJWKS"},
		"text after the block":   {text + "x", "after the PEM block"},
		"text before the block":  {"x" + text, "not base64"},
		"cut off":                {text[:len(text)-30], "cut off"},
		"another end":            {strings.Replace(text, "END PUBLIC", "END PRIVATE", 1), "cut off"},
		"headers":                {strings.Replace(text, "-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n", 1), "not base64"},
		"base64url":              {"-_" + bare(text), "not base64"},
		"spare bits":             {"MB", "not base64"},
		"not DER":                {block("PUBLIC KEY", []byte("x")), "content"},
		"trailing DER":           {block("PUBLIC KEY", append(must(x509.MarshalPKIXPublicKey(p256Key().Public())), 0)), "content"},
		"PKCS#1 under PKIX":      {block("PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey().PublicKey)), "content"},
		"PKIX under PKCS#1":      {block("RSA PUBLIC KEY", must(x509.MarshalPKIXPublicKey(rsaKey().Public()))), "content"},
		"K5 RSA 1024":            {publicPEM(small), "1024 bits"},
		"more than 1 MiB":        {strings.Repeat("A", 1<<20+1), "1048576"},
		"JWKS":                   {`{"keys":[]}`, "not base64"},
		"label with line breaks": {"-----BEGIN X\nY-----", `X\nY`},
	} {
		source, err := jwk.FromPEM([]byte(row.pem))
		if source != nil || !errors.Is(err, jwk.ErrInvalidKey) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want an ErrInvalidKey with %q", name, err, row.want)
		}
	}
}
