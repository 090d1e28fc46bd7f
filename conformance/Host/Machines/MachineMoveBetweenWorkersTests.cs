using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>The same where the machine is another worker's than the first, at both switches.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class MachineMoveBetweenWorkersTests() : MachineMoveTests(workers: 4);
