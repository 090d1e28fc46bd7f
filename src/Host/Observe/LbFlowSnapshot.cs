namespace Weft.Host.Observe;

/// <summary>A flow whose replies go back to a load balancer.</summary>
/// <param name="Protocol">Protocol.</param>
/// <param name="Client">Address of the client and its port, or the identifier of its ICMP query; the address alone where the protocol has none.</param>
/// <param name="Server">Address of the server, and its port where the protocol has one.</param>
/// <param name="LoadBalancer">Name of the load balancer; null if it was removed and no reply has come since.</param>
/// <param name="State"><c>datagrams</c> for all that is not TCP; <c>opening</c>, <c>established</c>, <c>client-closed</c>, <c>server-closed</c> or <c>closed</c>.</param>
/// <param name="IdleSeconds">Whole seconds since its last packet.</param>
public sealed record LbFlowSnapshot(string Protocol, string Client, string Server, string? LoadBalancer, string State, long IdleSeconds);
