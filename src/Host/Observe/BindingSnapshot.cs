using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>An IP address and the MAC address that answers for it, known to ARP and ND suppression.</summary>
/// <param name="Segment">Name of the segment.</param>
/// <param name="Address">IPv4 or IPv6 address of a machine.</param>
/// <param name="Mac">Its MAC address.</param>
/// <param name="IsRouter">Whether it said that it is a router (R flag, RFC 4861 section 4.4).</param>
/// <param name="AgeSeconds">Seconds since it was last seen.</param>
public sealed record BindingSnapshot(string Segment, TunnelAddress Address, MacAddress Mac, bool IsRouter, double AgeSeconds);
