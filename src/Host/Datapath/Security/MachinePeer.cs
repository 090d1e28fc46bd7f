using Weft.Encap;
using Weft.Host.Config;

namespace Weft.Host.Datapath.Security;

/// <summary>Another machine, packets to and from which are encrypted.</summary>
/// <param name="Plan">How.</param>
/// <param name="Security">The associations.</param>
/// <param name="Index">Its place in the configuration, which its associations have as their owner.</param>
/// <param name="Path">The number of the way to it among those of its family, or -1 if its address is not one machine's.</param>
internal sealed record MachinePeer(SecurityPlan Plan, PeerSecurity Security, int Index, int Path)
{
    /// <summary>The association that seals now.</summary>
    public EspOutboundSa Outbound => Security.SetOf(0)!.SelectByFlow(0);
}
