using Weft.Host.Config;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Analytics.Quotients;

/// <summary>The firewalls of one machine as a whole: a flow passes if it passes each of them.</summary>
internal sealed class FirewallView
{
    private readonly FirewallPolicy[] _policies;

    public FirewallView(IEnumerable<ServicePlan> firewalls) =>
        _policies = [.. firewalls.Select(firewall => new FirewallPolicy(firewall.Rules, firewall.Otherwise))];

    /// <summary>Whether the machine has a firewall at all.</summary>
    public bool Exists => _policies.Length > 0;

    /// <summary>Whether what no rule names is refused by one of them.</summary>
    public bool RefusesByDefault => _policies.Any(policy => policy.Default != FirewallAction.Allow);

    /// <summary>Rules that let anybody in on every port.</summary>
    public int AnyAnyRules => _policies.Sum(policy => policy.Rules.Count(rule =>
        rule.Action == FirewallAction.Allow && rule.OpenedFrom != ServiceDirection.FromMachine && rule.FirstPort == 0 && rule.LastPort == ushort.MaxValue
        && ReferenceEquals(rule.Remote, AddressSet.Everything)));

    /// <summary>Ports at which a decision can change, each with the protocols that rules name: between two of them all ports are alike.</summary>
    public IEnumerable<(IpProtocol Protocol, ushort Port)> Edges() => _policies.SelectMany(policy => policy.Rules).SelectMany(rule =>
        (rule.Protocol is IpProtocol only ? [only] : (IpProtocol[])[IpProtocol.Tcp, IpProtocol.Udp]).SelectMany(protocol => (ushort[])[rule.FirstPort, (ushort)(rule.LastPort + 1)], (protocol, port) => (protocol, port)));

    /// <summary>Judges a flow.</summary>
    /// <returns>Whether it passes, and whether a rule says so in each firewall.</returns>
    public (bool Passes, bool IsExplicit) Judge(IPv6Address source, IPv6Address destination, IpProtocol protocol, ushort port, ServiceDirection openedFrom)
    {
        var flow = new ServiceFlow(source.High != 0 || source.Low >> 32 != 0xFFFF, source, destination, protocol, 0, port, openedFrom);
        bool isExplicit = Exists;
        foreach (FirewallPolicy policy in _policies)
        {
            if (policy.Judge(flow, out int rule) != FirewallAction.Allow)
            {
                return (false, false);
            }

            isExplicit &= rule < policy.Rules.Count;
        }

        return (true, isExplicit);
    }
}
