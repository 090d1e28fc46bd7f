using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Underlay;

/// <summary>Tells neighbours from hosts behind a gateway.</summary>
internal static class OnLinkPrefix
{
    /// <summary>True if an address lies in the endpoint's on-link prefix.</summary>
    public static bool Contains(VtepPlan vtep, TunnelAddress address)
    {
        if (address.IsIPv6 != vtep.Address.IsIPv6)
        {
            return false;
        }

        return address.IsIPv6
            ? Same(address.V6.High, vtep.Address.V6.High, vtep.PrefixLength) && Same(address.V6.Low, vtep.Address.V6.Low, vtep.PrefixLength - 64)
            : Same((ulong)address.V4.Value << 32, (ulong)vtep.Address.V4.Value << 32, vtep.PrefixLength);
    }

    private static bool Same(ulong left, ulong right, int bits) => bits <= 0 || ((left ^ right) >> (64 - Math.Min(bits, 64))) == 0;
}
