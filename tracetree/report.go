package tracetree

func (m *matcher) report() *Report { return &Report{} }

type Report struct{}

func (r *Report) String() string { return "" }
