using Weft.Bridge;
using Weft.Packets;

namespace Weft.Host.Datapath.Workers;

/// <summary>What one worker tells the others of a source address that it has seen.</summary>
/// <param name="Vlan">The segment.</param>
/// <param name="Mac">The address.</param>
/// <param name="Where">Where it was seen.</param>
/// <param name="Seen">When.</param>
internal readonly record struct SharedMac(ushort Vlan, MacAddress Mac, BridgeLocation Where, Timestamp Seen);
