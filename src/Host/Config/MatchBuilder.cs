using Weft.Flows;
using Weft.Host.Config.Document;
using Weft.Host.Config.Validation;
using Weft.Host.Config.Yaml;
using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>Turns what rules say of packets into what a classifier wants, and tells what cannot be meant.</summary>
internal sealed class MatchBuilder(ValidationContext context)
{
    private readonly Dictionary<string, PrefixSet> _sets = new(StringComparer.Ordinal);

    /// <summary>Validates a rule; everything wrong with it is told.</summary>
    public void Validate(MatchSection rule)
    {
        SwitchDocument document = context.Document;
        Require(rule.Source.Concat(rule.Destination), document.AddressGroups.Select(group => group.Name), "address group");
        Require(rule.Services, document.ServiceGroups.Select(group => group.Name), "service group");
        if (rule.Services.Count > 0 && (rule.Protocol.IsWritten || rule.Ports.Count > 0))
        {
            context.Problems.Error(rule.Services[0].At, "'services' say the protocol and the ports, which the rule says as well", "either 'services', or 'protocol' and 'ports'");
        }

        ValidatePorts(rule.Protocol, rule.SourcePorts.Concat(rule.Ports));
        Setting<int> icmp = rule.IcmpType.IsWritten ? rule.IcmpType : rule.IcmpCode;
        if (icmp.IsWritten && !(rule.Protocol.IsKnown && rule.Protocol.Value is IpProtocol.Icmp or IpProtocol.IcmpV6))
        {
            context.Problems.Error(icmp.At, "types and codes are those of ICMP", "'protocol: icmp' or 'protocol: icmpv6' beside it");
        }

        if (rule.EtherType is { IsKnown: true, Value: not (EtherType.IPv4 or EtherType.IPv6) } && (rule.Protocol.IsWritten || rule.Services.Count + rule.Source.Count + rule.Destination.Count > 0 || rule.Dscp.IsWritten))
        {
            context.Problems.Error(rule.EtherType.At, "packets of this EtherType have no IP header, so the rule can never match", "'ipv4' or 'ipv6', or no key about IP");
        }

        if (rule.Established.IsKnown && rule.Established.Value && rule.Protocol is { IsKnown: true, Value: not IpProtocol.Tcp })
        {
            context.Problems.Error(rule.Established.At, "only TCP has segments that belong to a connection", "'protocol: tcp', or no 'established'");
        }
    }

    /// <summary>Ports need a protocol that has them.</summary>
    public void ValidatePorts(Setting<IpProtocol> protocol, IEnumerable<Setting<NumberRange>> ports)
    {
        Setting<NumberRange> first = ports.FirstOrDefault();
        if (first.IsWritten && !(protocol is { IsKnown: true, Value: IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp } || protocol is { IsWritten: true, IsKnown: false }))
        {
            context.Problems.Error(first.At, "ports are those of a transport protocol", "'protocol: tcp', 'udp' or 'sctp' beside them");
        }
    }

    /// <summary>What a rule without errors matches.</summary>
    public PacketRule[] Build(MatchSection rule)
    {
        var match = new PacketRule
        {
            Source = SetOf(rule.Source),
            Destination = SetOf(rule.Destination),
            Protocol = rule.Protocol.IsKnown ? rule.Protocol.Value : null,
            SourcePorts = rule.IcmpCode.IsKnown ? [One(rule.IcmpCode)] : RangesOf(rule.SourcePorts),
            DestinationPorts = rule.IcmpType.IsKnown ? [One(rule.IcmpType)] : RangesOf(rule.Ports),
            EtherType = rule.EtherType.IsKnown ? rule.EtherType.Value : null,
            Dscp = rule.Dscp.IsKnown ? (byte)rule.Dscp.Value : null,
            Established = rule.Established.IsKnown ? rule.Established.Value : null,
            LaterFragments = rule.Fragments.IsKnown ? rule.Fragments.Value : null,
        };
        return rule.Services.Count == 0 ? [match] : [.. rule.Services
            .Select(name => context.Document.ServiceGroups.First(group => group.Name.Value == name.Value))
            .Select(group => match with { Protocol = group.Protocol.Value, DestinationPorts = RangesOf(group.Ports) })];
    }

    /// <summary>Tells of names that nothing has.</summary>
    public void Require(IEnumerable<Setting<string>> names, IEnumerable<Setting<string>> known, string what)
    {
        string[] all = [.. known.Where(name => name.IsKnown).Select(name => name.Value)];
        foreach (Setting<string> name in names.Where(name => name.IsKnown && !all.Contains(name.Value)))
        {
            context.Problems.Error(name.At, $"no {what} has the name {Quoted.Of(name.Value)}{NearestName.Hint(name.Value, all)}");
        }
    }

    /// <summary>One set for each list of groups, however many rules name it: a classifier takes its work once.</summary>
    private PrefixSet? SetOf(List<Setting<string>> groups)
    {
        if (groups.Count == 0)
        {
            return null;
        }

        string key = string.Join('\n', groups.Select(name => name.Value).Order(StringComparer.Ordinal));
        if (!_sets.TryGetValue(key, out PrefixSet? set))
        {
            NetworkAddress[] prefixes = [.. groups.SelectMany(name => context.Document.AddressGroups.First(group => group.Name.Value == name.Value).Prefixes).Where(prefix => prefix.IsKnown).Select(prefix => prefix.Value)];
            _sets[key] = set = new PrefixSet(
                prefixes.Where(prefix => !prefix.Address.IsIPv6).Select(prefix => new IPv4Prefix(prefix.Address.V4, prefix.PrefixLength)),
                prefixes.Where(prefix => prefix.Address.IsIPv6).Select(prefix => new IPv6Prefix(prefix.Address.V6, prefix.PrefixLength)));
        }

        return set;
    }

    private static PortRange One(Setting<int> value) => new((ushort)value.Value, (ushort)value.Value);

    private static PortRange[] RangesOf(List<Setting<NumberRange>> ranges) => [.. ranges.Select(range => new PortRange((ushort)range.Value.First, (ushort)range.Value.Last))];
}
