using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Analytics.Processes;

/// <summary>Names for addresses: the operator's groups, and what an address is by its range. Behaviour repeats by group, not by address.</summary>
internal sealed class PeerGroups(IReadOnlyList<PeerGroupPlan> groups)
{
    // RFC 1918, 6598, 3927, 4193 and 4291.
    private static readonly (string Name, string Prefix)[] Ranges =
    [
        ("loopback", "127.0.0.0/8"), ("private", "10.0.0.0/8"), ("private", "172.16.0.0/12"), ("private", "192.168.0.0/16"), ("private", "100.64.0.0/10"),
        ("link-local", "169.254.0.0/16"), ("multicast", "224.0.0.0/4"), ("loopback", "::1/128"), ("private", "fc00::/7"), ("link-local", "fe80::/10"), ("multicast", "ff00::/8"),
    ];

    private static readonly (string Name, TunnelAddress Address, int Length)[] Known = [.. Ranges.Select(range => Parse(range.Name, range.Prefix))];

    /// <summary>The group with the longest prefix that holds an address; else its range; else <c>internet</c>.</summary>
    public string NameOf(TunnelAddress address)
    {
        (string Name, int Length) best = ("", -1);
        foreach (PeerGroupPlan group in groups)
        {
            foreach (NetworkAddress network in group.Networks)
            {
                if (network.PrefixLength > best.Length && network.Address.SharesPrefix(address, network.PrefixLength))
                {
                    best = (group.Name, network.PrefixLength);
                }
            }
        }

        return best.Length >= 0 ? best.Name : Known.FirstOrDefault(range => range.Address.SharesPrefix(address, range.Length), ("internet", default, 0)).Name;
    }

    private static (string Name, TunnelAddress Address, int Length) Parse(string name, string prefix) =>
        IPv4Prefix.TryParse(prefix, out IPv4Prefix v4)
            ? (name, new TunnelAddress(v4.Address), v4.Length)
            : (name, new TunnelAddress(IPv6Prefix.Parse(prefix).Address), IPv6Prefix.Parse(prefix).Length);
}
