package issuer

// Expiries is how many entries remember when records expire.
func (m *Memory) Expiries() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.expiries)
}
