using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>That a machine was lately answered for an address instead of its question being flooded.</summary>
/// <param name="Segment">Name of the segment.</param>
/// <param name="Asker">Who asked.</param>
/// <param name="Address">The address that it asked for.</param>
/// <param name="AgeSeconds">How long ago.</param>
public sealed record QuestionSnapshot(string Segment, MacAddress Asker, TunnelAddress Address, double AgeSeconds);
