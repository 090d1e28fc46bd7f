using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>A classifier beside a list of rules that is searched from end to end.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class PacketClassifierTests
{
    private static readonly Gen<IPv4Prefix> Prefix4 = Gen.Choose(0, 6).SelectMany(nibbles => Gen.Choose(0, 3).Select(bits => new IPv4Prefix(Narrow4(bits), nibbles * 4 + (nibbles == 6 ? 8 : 0))));

    private static readonly Gen<IPv6Prefix> Prefix6 = Gen.Elements(0, 16, 64, 127, 128).SelectMany(length => Gen.Choose(0, 3).Select(bits => new IPv6Prefix(Narrow6(bits), length)));

    private static readonly Gen<PrefixSet?> Set = Gen.Frequency(
        (2, Gen.Constant<PrefixSet?>(null)),
        (3, Prefix4.ListOf().SelectMany(v4 => Prefix6.ListOf().Select(v6 => (PrefixSet?)new PrefixSet(v4, v6)))));

    private static readonly Gen<IReadOnlyList<PortRange>> Ports = Gen.Frequency(
        (2, Gen.Constant<IReadOnlyList<PortRange>>([])),
        (2, Gen.Choose(0, 9).SelectMany(first => Gen.Choose(0, 5).Select(more => new PortRange((ushort)first, (ushort)(first + more)))).ListOf(2).Select(list => (IReadOnlyList<PortRange>)[.. list])),
        (1, Gen.Constant<IReadOnlyList<PortRange>>([new PortRange(0, 0), new PortRange(9, ushort.MaxValue)])));

    private static readonly Gen<PacketRule> Rule =
        from source in Set
        from destination in Set
        from protocol in Gen.Elements<IpProtocol?>(null, null, IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Icmp, IpProtocol.Esp)
        from sourcePorts in Ports
        from ports in Ports
        from etherType in Gen.Elements<EtherType?>(null, null, null, EtherType.IPv4, EtherType.IPv6, EtherType.Arp)
        from dscp in Gen.Elements<byte?>(null, null, null, (byte)0, (byte)46)
        from established in Gen.Elements<bool?>(null, null, null, true, false)
        from later in Gen.Elements<bool?>(null, null, null, true, false)
        from without in Gen.Elements(true, false)
        select new PacketRule { Source = source, Destination = destination, Protocol = protocol, SourcePorts = sourcePorts, DestinationPorts = ports, EtherType = etherType, Dscp = dscp, Established = established, LaterFragments = later, MatchesWithoutPorts = without };

    private static readonly Gen<byte[]> Frame =
        from kind in Gen.Choose(0, 9)
        from source in Gen.Choose(0, 5)
        from destination in Gen.Choose(0, 5)
        from protocol in Gen.Elements<byte>(6, 17, 1, 50, 58)
        from ports in Gen.Choose(0, 15).Two()
        from dscp in Gen.Elements(0, 46, 10)
        from flags in Gen.Elements<byte>(2, 16, 4, 24)
        select Build(kind, source, destination, protocol, ports.Item1, ports.Item2, dscp, flags);

    [Fact]
    public void Finds_the_first_rule_that_matches_as_a_list_does() => Prop.ForAll(
        Rule.ListOf().ToArbitrary(),
        Frame.ArrayOf(48).ToArbitrary(),
        (rules, frames) =>
        {
            var classifier = new PacketClassifier([.. rules]);
            return frames.All(frame =>
            {
                PacketFields packet = FieldsOf(frame);
                return classifier.Match(packet) == rules.ToList().FindIndex(rule => rule.Matches(packet));
            });
        }).Check(Chance.Of(300));

    [Fact]
    public void Four_thousand_rules_are_compared_to_the_last_one()
    {
        PacketRule[] rules = [.. Enumerable.Range(0, PacketClassifier.MaxRules).Select(rule => new PacketRule
        {
            Source = new PrefixSet([new IPv4Prefix(new IPv4Address((uint)rule << 8), 24)], []),
            Protocol = IpProtocol.Udp,
            DestinationPorts = [new PortRange((ushort)rule, (ushort)rule)],
        })];
        var classifier = new PacketClassifier(rules);
        foreach (int rule in (int[])[0, 63, 64, 4031, 4095])
        {
            PacketFields packet = Udp((uint)rule << 8 | 7, (ushort)rule);
            Assert.Equal(rule, classifier.Match(packet));
            Assert.Equal(PacketClassifier.None, classifier.Match(Udp((uint)rule << 8 | 7, (ushort)(rule + 1))));
        }

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (uint i = 0; i < 100_000; i++)
            {
                _ = classifier.Match(Udp(i * 2654435761, (ushort)i));
            }
        }));
    }

    [Fact]
    public void What_cannot_be_meant_is_refused_by_name()
    {
        Assert.Contains("4096", Assert.Throws<ArgumentException>(() => new PacketClassifier([.. Enumerable.Repeat(new PacketRule(), PacketClassifier.MaxRules + 1)])).Message, StringComparison.Ordinal);
        Assert.Contains("upside down", Assert.Throws<ArgumentException>(() => new PacketClassifier([new PacketRule { SourcePorts = [new PortRange(2, 1)] }])).Message, StringComparison.Ordinal);
        Assert.Contains("63", Assert.Throws<ArgumentException>(() => new PacketClassifier([new PacketRule { Dscp = 64 }])).Message, StringComparison.Ordinal);
        Assert.Equal(PacketClassifier.None, new PacketClassifier([]).Match(Udp(1, 1)));
    }

    [Theory]
    [InlineData("kernel-tcp.pcap")]
    [InlineData("kernel-igmp-mld.pcap")]
    [InlineData("kernel-fragments.pcap")]
    public void Fields_are_those_that_tshark_reads(string name)
    {
        Tshark.Need();
        string capture = Repository.File("pcaps/" + name);
        IReadOnlyList<string[]> said = Tshark.Fields(capture, "", "eth.type", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "ip.dsfield.dscp", "ipv6.tclass.dscp", "ip.frag_offset", "tcp.flags.ack", "tcp.flags.reset");
        List<byte[]> frames = [.. Corpus.Captures[name].Frames.Select(frame => frame.Data.ToArray())];
        Assert.Equal(frames.Count, said.Count);
        for (int i = 0; i < frames.Count; i++)
        {
            string[] of = said[i];
            PacketFields fields = FieldsOf(frames[i]);
            Assert.Equal(Convert.ToInt32(of[0], 16), (int)fields.EtherType);
            if (!fields.IsIp)
            {
                continue;
            }

            Assert.Equal((First(of[1] + of[2]), First(of[3] + of[4])), (Text(fields.IsIPv4, fields.Source), Text(fields.IsIPv4, fields.Destination)));
            Assert.Equal(int.Parse(First(of[5] + of[6])), fields.Dscp);
            Assert.Equal(fields.IsIPv4 && First(of[7]) is not ("" or "0"), fields.IsIPv4 && fields.IsLaterFragment);
            bool established = of.Length > 9 && (IsTrue(of[8]) || IsTrue(of[9])) && !fields.IsLaterFragment;
            Assert.Equal(established, fields.HasPorts && new PacketRule { Established = true }.Matches(fields));
        }
    }

    /// <summary>An error quotes another packet, whose fields come behind its own.</summary>
    private static string First(string values) => values.Split(',')[0];

    private static bool IsTrue(string text) => text is "1" or "True";

    private static string Text(bool isIPv4, IPv6Address address) => isIPv4 ? new IPv4Address((uint)address.Low).ToString() : address.ToString();

    private static PacketFields Udp(uint source, ushort port) => new(true, IPv6Address.MapIPv4(new IPv4Address(source)), IPv6Address.MapIPv4(new IPv4Address(9)), IpProtocol.Udp, true, 1, port);

    private static PacketFields FieldsOf(byte[] frame)
    {
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        return new PacketFields(frame, layout);
    }

    private static IPv4Address Narrow4(int bits) => new((uint)(bits & 1) << 31 | (uint)(bits & 2) << 7 | (uint)(bits & 4));

    private static IPv6Address Narrow6(int bits) => new((ulong)(bits & 1) << 63, (ulong)(bits >> 1));

    /// <summary>Octet by octet, RFC 791 and RFC 8200.</summary>
    private static byte[] Build(int kind, int source, int destination, byte protocol, int from, int to, int dscp, byte flags)
    {
        byte[] ends = new byte[12];
        byte[] transport = [0, (byte)from, 0, (byte)to, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0];
        if (protocol is 1 or 58)
        {
            (transport[0], transport[1]) = ((byte)to, (byte)from);
        }

        if (kind == 0)
        {
            return [.. ends, 8, 6, .. new byte[46]];
        }

        byte[] a = new byte[16], b = new byte[16];
        if (kind < 7)
        {
            Narrow4(source).Write(a);
            Narrow4(destination).Write(b);
            byte offset = (byte)(kind == 6 ? 3 : 0);
            byte more = (byte)(kind == 5 ? 0x20 : 0);
            return [.. ends, 8, 0, 0x45, (byte)(dscp << 2), 0, 40, 0, 1, more, offset, 64, protocol, 0, 0, .. a[..4], .. b[..4], .. transport];
        }

        Narrow6(source).Write(a);
        Narrow6(destination).Write(b);
        byte[] extension = kind < 9 ? [] : [protocol, 0, 0, 24, 0, 0, 0, 1];
        byte next = kind < 9 ? protocol : (byte)44;
        return [.. ends, 0x86, 0xDD, (byte)(0x60 | dscp >> 2), (byte)(dscp << 6), 0, 0, 0, (byte)(20 + extension.Length), next, 64, .. a, .. b, .. extension, .. transport];
    }
}
