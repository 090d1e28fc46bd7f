using Weft.Packets;

namespace Weft.Bridge;

/// <summary>That a machine was lately answered for an address, see <see cref="BridgeSegmentOptions.AskAgain"/>.</summary>
/// <param name="Vlan">The segment.</param>
/// <param name="Asker">Who asked.</param>
/// <param name="IsIPv4">Whether the address is an IPv4 address.</param>
/// <param name="Target">The address that it asked for; an IPv4 address is in the low 32 bits.</param>
/// <param name="Age">How long ago.</param>
public readonly record struct AnsweredQuestion(ushort Vlan, MacAddress Asker, bool IsIPv4, IPv6Address Target, TimeSpan Age)
{
    /// <summary>The IPv4 address; meaningless unless <see cref="IsIPv4"/>.</summary>
    public IPv4Address V4 => new((uint)Target.Low);
}
