using Weft.Encap;
using Weft.Host.Config;

namespace Weft.Host.Datapath.Security;

/// <summary>Another machine, packets to and from which are encrypted.</summary>
/// <param name="Plan">How.</param>
/// <param name="Security">The associations.</param>
/// <param name="Index">Its place in the configuration, which its associations have as their owner.</param>
internal sealed record MachinePeer(SecurityPlan Plan, PeerSecurity Security, int Index)
{
    /// <summary>The association that seals now.</summary>
    public EspOutboundSa Outbound => Security.SetOf(0)!.SelectByFlow(0);
}
