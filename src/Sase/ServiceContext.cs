namespace Weft.Sase;

/// <summary>What a gateway tells a node about a packet beside its tenant, and gets back with the answer.</summary>
/// <param name="Epoch">The epoch in which the sender believes the receiver to own the tenant's bundle, or owns it itself.</param>
/// <param name="Gateway">The gateway.</param>
/// <param name="Policy">What the gateway found out about the sender, a number of the operator's.</param>
/// <param name="Cookie">The flow's name at the gateway.</param>
public readonly record struct ServiceContext(Epoch Epoch, ushort Gateway, ushort Policy, uint Cookie);
