using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>A load balancer.</summary>
/// <param name="Name">Name.</param>
/// <param name="Mac">Its MAC address.</param>
/// <param name="State"><c>active</c>, <c>draining</c> or <c>removed</c>.</param>
/// <param name="Flows">Flows that are its own.</param>
public sealed record LbMemberSnapshot(string Name, MacAddress Mac, string State, int Flows);
