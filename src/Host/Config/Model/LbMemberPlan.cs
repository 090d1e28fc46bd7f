using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>A load balancer.</summary>
/// <param name="Name">Name.</param>
/// <param name="Mac">Its MAC address in the segment of load balancers.</param>
public sealed record LbMemberPlan(string Name, MacAddress Mac);
