using Weft.Packets;

namespace Weft.Sase;

/// <summary>The services that a tenant's packets pass, in the order of the chain.</summary>
public interface IServiceChain
{
    /// <summary>Looks at a packet, which it may change but not make longer.</summary>
    /// <param name="frame">The tenant's packet as its sites see it; from the Internet without a frame header in front.</param>
    /// <param name="layout">Where its headers are.</param>
    /// <param name="vni">The tenant.</param>
    /// <param name="fromUplink">True if the Internet sent it.</param>
    /// <param name="now">The time.</param>
    /// <returns>False if it goes no further.</returns>
    bool Pass(Span<byte> frame, in PacketLayout layout, uint vni, bool fromUplink, Timestamp now);
}
