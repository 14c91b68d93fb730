package store

// Settled tells whether a time is old enough to tell a file by.
var Settled = settled
