package spec

import "certwright/pkigen/cluster/problem"

// Codes on lifetimes and on the usages of profiles.
var (
	durationBad = problem.Rule("duration-bad", problem.Error,
		"%[1]q is not a length of time",
		"certificates end after it",
		"Write hours, days or years, such as 87600h, 365d or 10y.")
	durationMisspelt = problem.Rule("duration-misspelt", problem.Error,
		"%[1]q is not a length of time",
		"cfssl takes a number with a small letter for its unit",
		"Write %[2]s.")
	durationUnit = problem.Rule("duration-no-unit", problem.Error,
		"%[1]q has no unit",
		"ten hours and ten years are written with the same number",
		"Write %[2]s.")
	durationDate = problem.Rule("duration-is-date", problem.Error,
		"%[1]q is a date",
		"the end is counted from the moment when the certificate is made",
		"Write hours, days or years, such as 87600h, 365d or 10y.")
	durationZero = problem.Rule("duration-zero", problem.Error,
		"%[1]q is no time at all",
		"cfssl refuses a profile without a lifetime",
		"Write hours, days or years, such as 87600h, 365d or 10y.")
	durationNegative = problem.Rule("duration-negative", problem.Error,
		"%[1]q is in the past",
		"the certificate would have expired before it was made",
		"Write hours, days or years, such as 87600h, 365d or 10y.")
	durationShort = problem.Rule("duration-too-short", problem.Error,
		"%[1]q is less than an hour",
		"cfssl dates certificates back by five minutes, so short ones end while they are handed out",
		"Write 1h or more.")
	durationLong = problem.Rule("duration-too-long", problem.Error,
		"%[1]q is too long",
		"cfssl counts up to 292 years",
		"Write %[2]s or less; 10y is usual for a CA.")
	expiry9999 = problem.Rule("expiry-after-9999", problem.Error,
		"%[1]s from now is after the year 9999",
		"a certificate cannot hold such a date",
		"Write a shorter time, and look at the clock of this machine.")
	leafOutlivesCA = problem.Rule("leaf-outlives-ca", problem.Error,
		"profile %[1]q lasts %[2]s, longer than the CA, which lasts %[3]s",
		"when the CA expires, every certificate below it is refused, whatever its own date",
		"Write %[4]s or less, or a longer time for the CA ({ca.expiry}).")
	caShort = problem.Rule("ca-short-lived", problem.Warning,
		"the CA lasts %[1]s only",
		"when it ends the whole cluster stops, and a new CA has to reach every machine before",
		"Write a year or more, such as 10y; keep it for a lab that is thrown away.")
	spreadLong = problem.Rule("spread-too-long", problem.Error,
		"expiry spread over %[1]s are too far apart for profile %[2]q, which lasts %[3]s",
		"some nodes would have their turn again long before others had their first",
		"Write %[4]s or less, or off.")
	clockEarly = problem.Rule("clock-early", problem.Warning,
		"the clock of this machine says %[1]s",
		"certificates are dated by it, and may have expired already for machines with the right time",
		"Set the clock first.")
	usageUnknown = problem.Rule("usage-unknown", problem.Error,
		"%[1]q is not a usage that cfssl knows",
		"cfssl leaves unknown usages out without a word",
		"Write cfssl's words, such as signing, key encipherment, server auth, client auth.")
	usageMisspelt = problem.Rule("usage-misspelt", problem.Error,
		"%[1]q is not a usage that cfssl knows",
		"cfssl leaves unknown usages out without a word, also where only a letter or its case differs",
		"Write %[2]s.")
	usageTwice = problem.Rule("usage-duplicate", problem.Warning,
		"%[1]q stands there twice",
		"once is enough, and the second is left out",
		"Remove one of the two.")
	usageCertSign = problem.Rule("usage-cert-sign", problem.Error,
		"%[1]q is a usage of CAs",
		"the certificates of this profile are no CAs, so the usage lets them sign nothing, and strict programs such as Python 3.13 refuse them",
		"Remove it; what TLS needs is signing.")
)
