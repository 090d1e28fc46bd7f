using System.Buffers.Binary;
using System.Globalization;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.Packets;
using static Weft.Conformance.MeshTests.MeshTestBed;

namespace Weft.Conformance.MeshTests;

/// <summary>
/// The translator and the kernel under the generated rules do the same to the same packets, in the same order: each comes out as
/// the same octets, or not at all. <c>WEFT_MESH_PACKETS</c> sets how many.
/// </summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class NftablesAgreementTests
{
    private static readonly int Packets = int.Parse(Environment.GetEnvironmentVariable("WEFT_MESH_PACKETS") ?? "600", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_kernel_does_to_random_packets_what_the_translator_does(int seed)
    {
        LiveRequirements.Need("nft", "sysctl", "python3");
        using var inside = NetNamespace.Create(quiet: false);
        using var outside = NetNamespace.Create();
        Prepare(inside, outside);
        using var translator = new MeshTranslator(Plan(0, machines: 4), Options with { IPv4Flows = 4096, IPv6Flows = 4096 });
        string folder = Directory.CreateTempSubdirectory("weft-mesh-").FullName;
        try
        {
            string rules = Path.Combine(folder, "rules.nft");
            File.WriteAllText(rules, NftablesRules.Write(translator.Plan));
            _ = inside.Run("nft", "-f", rules).Required();
            _ = inside.Run("nft", "-f", rules).Required(); // once more, in place of itself

            byte[][] packets = [.. new MeshTraffic(translator.Plan, new Random(seed)).Take(Packets)];
            string script = Path.Combine(folder, "packets.txt");
            File.WriteAllLines(script, packets.Select((packet, at) => $"{at} {Convert.ToHexString(packet)}"));
            string[] judged = Judge(inside, script);
            Assert.Equal(packets.Length, judged.Length);
            var seen = new Dictionary<MeshAction, int>();
            for (int i = 0; i < packets.Length; i++)
            {
                byte[] packet = [.. packets[i]];
                (MeshEndpoint from, _) = MeshTraffic.EndsOf(packet);
                MeshSide side = IsAgents(translator.Plan, from.Address) ? MeshSide.Agent : MeshSide.Application;
                MeshVerdict verdict = Process(translator, packet, side);
                seen[verdict.Action] = seen.GetValueOrDefault(verdict.Action) + 1;
                string expected = verdict.Action == MeshAction.Drop ? $"{i} - -" : $"{i} {(verdict.Action == MeshAction.Pass ? "*" : "lo")} {Convert.ToHexStringLower(packet)}";
                string actual = verdict.Action == MeshAction.Pass && judged[i].Split(' ') is [_, not "-", string hex] ? $"{i} * {hex}" : judged[i];
                Assert.True(expected == actual, $"packet {i}: {MeshTraffic.Describe(packets[i])}\n{verdict}\nours:   {expected}\nkernel: {actual}");
            }

            TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", seen));
            Assert.True(translator.Counters.Errors > 0, "no ICMP error was translated");
            Assert.All(Enum.GetValues<MeshAction>(), action => Assert.True(seen.GetValueOrDefault(action) > 0, $"no packet was {action}"));
            _ = inside.Run("nft", NftablesRules.Remove().Split('\n', StringSplitOptions.RemoveEmptyEntries)[1]).Required();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsAgents(MeshPlan plan, IPv6Address address)
    {
        (IPv4Prefix agents4, IPv6Prefix agents6) = plan.Pool.AgentSide;
        return MeshAddress.IsIPv4(address) ? agents4.Contains(MeshAddress.ToIPv4(address)) : agents6.Contains(address);
    }

    private static void Prepare(NetNamespace inside, NetNamespace outside)
    {
        inside.AddVeth("eth0", outside, "eth0");
        _ = inside.Ip("link", "set", "dev", "eth0", "arp", "off"); // nobody needs to be asked who has an address
        inside.AddAddress("eth0", "198.18.0.1/24");
        inside.AddAddress("eth0", "2001:db8::1/64");
        inside.AddAddress("lo", "198.18.9.1/32"); // an own address that is none of the mesh
        _ = inside.Ip("route", "add", "default", "dev", "eth0");
        _ = inside.Ip("-6", "route", "add", "default", "dev", "eth0");
        _ = inside.Ip("-6", "route", "add", "local", Pool.IPv6.ToString(), "dev", "lo");

        // Whether a segment fits into a window is no question here, and nobody is to answer.
        _ = inside.Run("nft", "add table inet quiet").Required();
        _ = inside.Run("nft", "add chain inet quiet in { type filter hook input priority -400 ; policy drop ; }").Required();
        _ = inside.Run("nft", "add rule inet quiet in ct state new").Required(); // loads connection tracking, whose settings follow
        _ = inside.Run("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_be_liberal=1").Required();
    }

    private static string[] Judge(NetNamespace inside, string script)
    {
        CommandResult result = inside.Run(TimeSpan.FromMinutes(5), "sh", "-c", $"exec python3 '{Repository.File("conformance/Mesh/nft-judge.py")}' lo eth0 < '{script}'").Required();
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}

/// <summary>Packets that a machine's applications and agent might send, in an order that a kernel follows, and many that they must not.</summary>
internal sealed class MeshTraffic(MeshPlan plan, Random random)
{
    private readonly Dictionary<string, int> _stages = [];
    private uint _mark = 0xA5000000;

    public IEnumerable<byte[]> Take(int count)
    {
        for (int i = 0; i < count; i++)
        {
            yield return random.Next(4) == 0 ? Odd() : Step();
        }
    }

    public static (MeshEndpoint From, MeshEndpoint To) EndsOf(byte[] packet) => packet[packet[0] >> 4 == 4 ? 9 : 6] is 6 or 17 ? Ends(packet)
        : packet[0] >> 4 == 4
            ? (new MeshEndpoint(IPv4Address.Read(packet.AsSpan(12)), 0), new MeshEndpoint(IPv4Address.Read(packet.AsSpan(16)), 0))
            : (new MeshEndpoint(IPv6Address.Read(packet.AsSpan(8)), 0), new MeshEndpoint(IPv6Address.Read(packet.AsSpan(24)), 0));

    public static string Describe(byte[] packet) => $"{EndsOf(packet)} {Convert.ToHexStringLower(packet)}";

    /// <summary>The next packet of one of a few connections: it opens, it is answered, it goes on either way; or it is in the middle of what was never opened.</summary>
    private byte[] Step()
    {
        bool isIPv4 = random.Next(2) == 0;
        bool isTcp = random.Next(3) != 0;
        bool redirects = random.Next(2) == 0;
        int peer = random.Next(1, 4);
        int port = isTcp ? random.Next(2) == 0 ? 8080 : 5432 : 53;
        int clientPort = 40000 + random.Next(4);
        IPv6Address own = isIPv4 ? Address4(0) : Address6(0);
        IPv6Address other = isIPv4 ? Address4(peer) : Address6(peer);

        // Both directions as this machine's own sides send them.
        (MeshEndpoint From, MeshEndpoint To) opener;
        (MeshEndpoint From, MeshEndpoint To) answer;
        if (redirects)
        {
            var service = new MeshEndpoint(other, (ushort)port);
            _ = plan.TryFindListenerOf(service, isTcp ? IpProtocol.Tcp : IpProtocol.Udp, out MeshListener listener);
            opener = (new MeshEndpoint(own, (ushort)clientPort), service);
            answer = (listener.Local, new MeshEndpoint(plan.RedirectSources.First(pair => pair.Real == own).Loopback, (ushort)clientPort));
        }
        else
        {
            opener = (new MeshEndpoint(plan.RestoreSources.First(pair => pair.Real == other).Loopback, (ushort)clientPort),
                new MeshEndpoint(plan.RestoreDestinations.First(pair => pair.Real == own).Loopback, (ushort)port));
            answer = (new MeshEndpoint(own, (ushort)port), new MeshEndpoint(other, (ushort)clientPort));
        }

        string name = $"{isTcp}{opener}";
        int stage = _stages.GetValueOrDefault(name);
        if (!isTcp)
        {
            _stages[name] = 1;
            return (stage == 0 ? 0 : random.Next(4)) switch
            {
                0 or 1 => Marked(UdpPacket(opener.From, opener.To, payload: 12 + random.Next(8), checksum: !isIPv4 || random.Next(4) != 0)),
                2 => Marked(UdpPacket(answer.From, answer.To, payload: 12 + random.Next(8), checksum: !isIPv4 || random.Next(4) != 0)),

                // Whoever would answer got the packet with the answer's ends exchanged, and has no such socket.
                _ => Refusal(answer.From, answer.To),
            };
        }

        if (stage == 0 && random.Next(3) == 0)
        {
            return Marked(TcpPacket(random.Next(2) == 0 ? opener.From : answer.From, random.Next(2) == 0 ? opener.To : answer.To, TcpFlags.Ack, payload: 4));
        }

        _stages[name] = Math.Min(stage + 1, 3);
        return Marked(stage switch
        {
            0 => TcpPacket(opener.From, opener.To, TcpFlags.Syn, payload: 4, options: 4),
            1 => TcpPacket(answer.From, answer.To, TcpFlags.Syn | TcpFlags.Ack, payload: 4),
            _ when random.Next(2) == 0 => TcpPacket(opener.From, opener.To, TcpFlags.Ack, payload: 4 + random.Next(30)),
            _ => TcpPacket(answer.From, answer.To, TcpFlags.Ack, payload: 4 + random.Next(30)),
        });
    }

    private byte[] Refusal(MeshEndpoint from, MeshEndpoint to)
    {
        byte[] about = UdpPacket(to, from, payload: 12);
        BinaryPrimitives.WriteUInt32BigEndian(about.AsSpan(about.Length - 4), ++_mark);
        byte[] error = Error(from.Address, to.Address, about);
        return Identified(error);
    }

    /// <summary>Any address of any kind to any other, at any port that means something.</summary>
    private byte[] Odd()
    {
        bool isIPv4 = random.Next(2) == 0;
        var from = new MeshEndpoint(AnyAddress(isIPv4, source: true), AnyPort());
        var to = new MeshEndpoint(AnyAddress(isIPv4, source: false), AnyPort());
        TcpFlags[] flags = [TcpFlags.Syn, TcpFlags.Syn, TcpFlags.Ack, TcpFlags.Rst, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Fin | TcpFlags.Ack];
        return Marked(random.Next(2) == 0 ? UdpPacket(from, to, payload: 12) : TcpPacket(from, to, flags[random.Next(flags.Length)], payload: 4));
    }

    private IPv6Address AnyAddress(bool isIPv4, bool source)
    {
        IEnumerable<IPv6Address> all =
        [
            .. plan.RedirectSources.SelectMany(pair => (IPv6Address[])[pair.Real, pair.Real, pair.Real, pair.Loopback]),
            .. plan.RestoreSources.SelectMany(pair => source ? (IPv6Address[])[pair.Loopback] : [pair.Real, pair.Loopback]),
            .. plan.RestoreDestinations.Select(pair => pair.Loopback),
            .. plan.Listeners.Select(listener => listener.Local.Address).Distinct(),
            .. source ? [] : (IPv6Address[])[IPv6Address.MapIPv4(IPv4Address.Parse("203.0.113.9")), new IPv6Address(0x2001_0DB8_0000_0009, 9)],
            IPv6Address.MapIPv4(IPv4Address.Parse("198.18.9.1")),
        ];
        IPv6Address[] fitting = [.. all.Where(address => MeshAddress.IsIPv4(address) == isIPv4)];
        return fitting[random.Next(fitting.Length)];
    }

    private ushort AnyPort()
    {
        int[] ports = [8080, 5432, 53, 22, 45000 + random.Next(1000), plan.Listeners[random.Next(plan.Listeners.Length)].Local.Port];
        return (ushort)ports[random.Next(ports.Length)];
    }

    /// <summary>Ends the packet with a number of its own.</summary>
    private byte[] Marked(byte[] packet)
    {
        PacketLayout before = LayOut(packet);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(packet.Length - 4), ++_mark);
        (MeshEndpoint from, MeshEndpoint to) = Ends(packet);
        byte[] message = packet[before.L4Offset..];
        int checksumAt = before.Protocol == IpProtocol.Tcp ? 16 : message[6] == 0 && message[7] == 0 ? -1 : 6;
        if (checksumAt >= 0)
        {
            message[checksumAt] = message[checksumAt + 1] = 0;
        }

        return Identified(Datagram(from.Address, to.Address, before.Protocol, message, checksumAt));
    }

    /// <summary>Gives an IPv4 packet an identification so that the kernel need not.</summary>
    private byte[] Identified(byte[] packet)
    {
        if (packet[0] >> 4 == 4)
        {
            packet[4] = (byte)(_mark >> 8 | 1);
            packet[5] = (byte)_mark;
            packet[10] = packet[11] = 0;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), InternetChecksum.Compute(packet.AsSpan(0, 20)));
        }

        return packet;
    }
}
