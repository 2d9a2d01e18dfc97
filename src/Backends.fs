/// The backends that there are: the only file outside Cpu that names the CPU's modules.
module internal Functional.Backends

/// Where tensors are made from arrays, and what runs functions without arguments.
let standard: Backend = CpuBackend.instance
