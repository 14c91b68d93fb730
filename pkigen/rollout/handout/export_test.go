package handout

// OnStep has a test called before each step of Save.
func OnStep(f func(step string)) { testOnlyStep = f }
