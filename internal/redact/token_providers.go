package redact

// provider describes tokens that start with an issuer's prefix, which is in lower case here.
type provider struct {
	prefix string
	more   string // bytes that the rest may hold besides letters and digits
	min    int    // the least length of the rest
	digit  bool   // the rest has a digit: it could be a word otherwise
	upper  bool   // all letters are in upper case, also those of the prefix
}

// providers hold only prefixes that end in a separator, the anchor at which they are looked up.
// Gitleaks' rules are the reference: a test in the tools module checks that what they find is
// masked, with listed exceptions. Stripe's pk_ is public by design.
var providers = [...]provider{
	{prefix: "ghp_", min: 30},
	{prefix: "gho_", min: 30},
	{prefix: "ghu_", min: 30},
	{prefix: "ghs_", min: 30},
	{prefix: "ghr_", min: 30},
	{prefix: "github_pat_", more: "_", min: 22},
	{prefix: "glpat-", more: "_-.", min: 20},
	{prefix: "glcbt-", more: "_-.", min: 20},
	{prefix: "gldt-", more: "_-.", min: 20},
	{prefix: "glffct-", more: "_-.", min: 20},
	{prefix: "glft-", more: "_-.", min: 20},
	{prefix: "glimt-", more: "_-.", min: 20},
	{prefix: "glagent-", more: "_-.", min: 20},
	{prefix: "gloas-", more: "_-.", min: 20},
	{prefix: "glptt-", more: "_-.", min: 20},
	{prefix: "glrt-", more: "_-.", min: 20},
	{prefix: "glsoat-", more: "_-.", min: 20},
	{prefix: "xoxa-", more: "-", min: 8, digit: true},
	{prefix: "xoxb-", more: "-", min: 8, digit: true},
	{prefix: "xoxe-", more: "-", min: 8, digit: true},
	{prefix: "xoxo-", more: "-", min: 8, digit: true},
	{prefix: "xoxp-", more: "-", min: 8, digit: true},
	{prefix: "xoxr-", more: "-", min: 8, digit: true},
	{prefix: "xoxs-", more: "-", min: 8, digit: true},
	{prefix: "xoxc-", more: "-%+/=_", min: 20},
	{prefix: "xoxd-", more: "-%+/=_", min: 20},
	{prefix: "xapp-", more: "-", min: 12, digit: true},
	{prefix: "sk_live_", min: 10},
	{prefix: "sk_test_", min: 10},
	{prefix: "sk_prod_", min: 10},
	{prefix: "rk_live_", min: 10},
	{prefix: "rk_test_", min: 10},
	{prefix: "rk_prod_", min: 10},
	{prefix: "whsec_", more: "+/=", min: 16},
	{prefix: "ya29.", more: "_-", min: 20},
	{prefix: "gocspx-", more: "_-", min: 20},
	{prefix: "npm_", min: 30},
	{prefix: "hf_", min: 30},
	{prefix: "api_org_", min: 30},
	{prefix: "sg.", more: "_-.=", min: 40},
	{prefix: "sk-ant-", more: "_-", min: 20},
	{prefix: "sk-proj-", more: "_-", min: 20},
	{prefix: "sk-svcacct-", more: "_-", min: 20},
	{prefix: "sk-admin-", more: "_-", min: 20},
	{prefix: "sk-", min: 32},
	{prefix: "pplx-", min: 32},
	{prefix: "ico-", min: 32},
	{prefix: "p8e-", min: 32},
	{prefix: "a3-", more: "-", min: 28, upper: true},
	{prefix: "ops_", more: "+/=", min: 100},
	{prefix: "fm1a_", more: "+/=", min: 100},
	{prefix: "fm1r_", more: "+/=", min: 100},
	{prefix: "fm2_", more: "+/=", min: 100},
	{prefix: "age-secret-key-", min: 58},
	{prefix: "authress_", more: "._-+/=", min: 50, digit: true},
	{prefix: "scauth_", more: "._-+/=", min: 50, digit: true},
	{prefix: "ext_", more: "._-+/=", min: 50, digit: true},
	{prefix: "sc_", more: "._-+/=", min: 50, digit: true},
	{prefix: "bedrock-api-key-", more: "+/=", min: 20},
	{prefix: "clojars_", min: 60},
	{prefix: "v1.0-", more: "-", min: 150},
	{prefix: "doo_v1_", min: 60},
	{prefix: "dop_v1_", min: 60},
	{prefix: "dor_v1_", min: 60},
	{prefix: "sntryu_", min: 60},
	{prefix: "s-s4t2ud-", min: 60},
	{prefix: "s-s4t2af-", min: 60},
	{prefix: "dp.pt.", more: "_.", min: 40},
	{prefix: "dp.st.", more: "_.", min: 40},
	{prefix: "dp.ct.", more: "_.", min: 40},
	{prefix: "dp.sa.", more: "_.", min: 40},
	{prefix: "dp.scim.", more: "_.", min: 40},
	{prefix: "dp.audit.", more: "_.", min: 40},
	{prefix: "duffel_test_", more: "_-=", min: 40},
	{prefix: "duffel_live_", more: "_-=", min: 40},
	{prefix: "dt0c01.", more: "._", min: 80},
	{prefix: "flwseck_test-", more: "-", min: 12},
	{prefix: "flwpubk_test-", more: "-", min: 12},
	{prefix: "fo1_", more: "_-=", min: 43},
	{prefix: "fio-u-", more: "_-=", min: 43},
	{prefix: "tk-us-", more: "_-=", min: 43},
	{prefix: "cfpat-", more: "_-=", min: 43},
	{prefix: "glc_", more: "+/=", min: 32},
	{prefix: "glsa_", more: "_", min: 40},
	{prefix: "sgp_", more: "_", min: 40},
	{prefix: "pat.", more: "_-.", min: 60},
	{prefix: "sat.", more: "_-.", min: 60},
	{prefix: "hrku-", more: "_-", min: 50},
	{prefix: "lin_api_", min: 36},
	{prefix: "ntn_", min: 36},
	{prefix: "nfp_", min: 36},
	{prefix: "sbp_", min: 36},
	{prefix: "pul-", min: 36},
	{prefix: "shippo_live_", min: 36},
	{prefix: "shippo_test_", min: 36},
	{prefix: "figd_", more: "_-.=", min: 40},
	{prefix: "tfp_", more: "_-.=", min: 40},
	{prefix: "secret_", min: 43},
	{prefix: "api-", min: 26, digit: true, upper: true},
	{prefix: "sha256~", more: "_-", min: 43},
	{prefix: "pscale_tkn_", more: "=._-", min: 32},
	{prefix: "pscale_oauth_", more: "=._-", min: 32},
	{prefix: "pscale_pw_", more: "=._-", min: 32},
	{prefix: "pmak-", more: "-", min: 50},
	{prefix: "pnu_", min: 36},
	{prefix: "pypi-", more: "_-", min: 50},
	{prefix: "rdme_", min: 60},
	{prefix: "rubygems_", min: 48},
	{prefix: "xkeysib-", more: "-", min: 60},
	{prefix: "xsmtpsib-", more: "-", min: 60},
	{prefix: "sntrys_", more: "+/=_", min: 60},
	{prefix: "sm_aat_", min: 16},
	{prefix: "sm_pat_", min: 16},
	{prefix: "sm_sat_", min: 16},
	{prefix: "shpat_", min: 32},
	{prefix: "shpca_", min: 32},
	{prefix: "shppa_", min: 32},
	{prefix: "shpss_", min: 32},
	{prefix: "sq0atp-", more: "_-", min: 22},
	{prefix: "sq0csp-", more: "_-", min: 22},
	{prefix: "hvs.", more: "_-", min: 24, digit: true},
	{prefix: "hvb.", more: "_-", min: 24, digit: true},
	{prefix: "hvr.", more: "_-", min: 24, digit: true},
	{prefix: "nrak-", min: 20},
	{prefix: "nrii-", min: 20},
	{prefix: "nrjs-", min: 20},
	{prefix: "sl.", more: "_-", min: 100},
	{prefix: "sk.", more: "_-.", min: 60},
}

// byEnd are the providers by the last two bytes of their prefixes, so that an anchor is compared
// with few of them.
var byEnd = func() (t [8][256][]provider) {
	for _, p := range providers {
		last := len(p.prefix) - 1
		bucket := &t[separator(p.prefix[last])][p.prefix[last-1]]
		*bucket = append(*bucket, p)
	}
	return t
}()

// separator gives each of the bytes that prefixes end in, hyphen, dot, underscore and tilde, a
// number of its own.
func separator(b byte) byte { return (b ^ b>>4) & 7 }
