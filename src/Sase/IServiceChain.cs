using Weft.Packets;

namespace Weft.Sase;

/// <summary>The services that a tenant's packets pass, in the order of the chain. It is asked once the packet's flow is known and the policy allows it.</summary>
public interface IServiceChain
{
    /// <summary>Looks at a packet. It may change what is behind the addresses and ports, but neither those nor the length.</summary>
    /// <param name="frame">The packet as the tenant's sites see it, from an Ethernet header on.</param>
    /// <param name="layout">Where its headers are.</param>
    /// <param name="vni">The tenant.</param>
    /// <param name="inward">
    /// True on the way to the sites: from the Internet, or, between two sites, the way opposite to that of the flow's first packet.
    /// </param>
    /// <param name="now">The time.</param>
    /// <returns>False if it goes no further. A flow that begins with it does not begin then.</returns>
    bool Pass(Span<byte> frame, in PacketLayout layout, uint vni, bool inward, Timestamp now);

    /// <summary>
    /// What services answer to the sender of the packet that they refused last: a TCP reset, an ICMP error. It goes back the way that the packet came, with its
    /// addresses translated on the way to the Internet.
    /// </summary>
    /// <param name="answer">Gets the answer as the tenant's sites see it, from an Ethernet header on.</param>
    /// <returns>Its length; 0 if there is none, it was taken already, or it is longer than <paramref name="answer"/>.</returns>
    int TakeAnswer(Span<byte> answer) => 0;
}
