package check

// Prints reports whether a command is printed for a finding of a check anywhere.
func Prints(c *Check) bool { return c.fix.by != byHand || c.fix.line != nil || c.fix.renew }
