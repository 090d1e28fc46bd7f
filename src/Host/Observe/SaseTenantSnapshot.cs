namespace Weft.Host.Observe;

/// <summary>A tenant.</summary>
/// <param name="Name">Name.</param>
/// <param name="Vni">Virtual network.</param>
/// <param name="Bundle">Placement bundle.</param>
/// <param name="Flows">Flows that this node knows of it; 0 on a gateway.</param>
public sealed record SaseTenantSnapshot(string Name, uint Vni, int Bundle, int Flows);
