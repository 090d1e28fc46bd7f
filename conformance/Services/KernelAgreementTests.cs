using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>Connection tracking and firewall beside the kernel's, with the same rules: each of some hundred packets passes both or neither.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class KernelAgreementTests
{
    private const int Packets = 400;
    private const ushort Always = 9;

    private static readonly string[] Rules =
    [
        "add table ip filter",
        "add chain ip filter forward { type filter hook forward priority 0 ; policy drop ; }",
        $"add rule ip filter forward udp dport {Always} accept",
        "add rule ip filter forward ct state invalid drop",
        "add rule ip filter forward ct state established,related accept",
        "add rule ip filter forward iifname in0 tcp dport 80 ct state new accept",
        "add rule ip filter forward iifname in0 udp dport 53 ct state new accept",
        "add rule ip filter forward iifname out0 tcp dport 22 ct state new accept",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_kernel_lets_the_same_packets_through(int seed)
    {
        LiveRequirements.Need("nft", "sysctl", "python3");
        using var router = NetNamespace.Create();
        using var ends = NetNamespace.Create();
        Prepare(router, ends);
        (ServiceDirection Direction, byte[] Frame, string What)[] packets = [.. new Conversations(new Random(seed)).Take(Packets)];
        bool[] kernel = Judge(ends, packets);
        using ServiceSet set = Make();
        int passed = 0;
        for (int i = 0; i < packets.Length; i++)
        {
            ServiceResult result = Send(set, packets[i].Direction, packets[i].Frame).Result;
            Assert.True((result.Action == ServiceAction.Forward) == kernel[i], $"packet {i}: {packets[i].What}; ours: {result}, the kernel {(kernel[i] ? "lets it pass" : "drops it")}");
            passed += kernel[i] ? 1 : 0;
        }

        Assert.InRange(passed, Packets / 5, Packets - Packets / 5);
    }

    private static ServiceSet Make()
    {
        var catalog = new ServiceCatalog();
        catalog.Define<ConnectionTracker, ConnectionState>("connections", _ => new ConnectionTracker(new ConnectionTrackerOptions()));
        catalog.Define<Firewall, FirewallState>("firewall", _ => new Firewall(new FirewallPolicy(
            [
                new FirewallRule { Name = "web", Action = FirewallAction.Allow, OpenedFrom = ServiceDirection.FromMachine, Protocol = IpProtocol.Tcp, FirstPort = 80, LastPort = 80 },
                new FirewallRule { Name = "dns", Action = FirewallAction.Allow, OpenedFrom = ServiceDirection.FromMachine, Protocol = IpProtocol.Udp, FirstPort = 53, LastPort = 53 },
                new FirewallRule { Name = "ssh", Action = FirewallAction.Allow, OpenedFrom = ServiceDirection.ToMachine, Protocol = IpProtocol.Tcp, FirstPort = 22, LastPort = 22 },
            ],
            FirewallAction.Drop)));
        return new ServiceSet(Options("connections", "firewall") with { HalfOpenFlows = 256 }, catalog);
    }

    private static void Prepare(NetNamespace router, NetNamespace ends)
    {
        router.AddVeth("in0", ends, "m0");
        router.AddVeth("out0", ends, "r0");
        // As the frames of the test bed have them: the machine's gateway, and who sends to the machine sends to it.
        router.SetMac("in0", "02:00:00:00:00:fe");
        router.SetMac("out0", "02:00:00:00:00:01");
        router.AddAddress("in0", "10.0.0.254/24");
        router.AddAddress("out0", "198.51.100.254/24");
        _ = router.Ip("neigh", "add", $"{Machine}", "lladdr", "02:00:00:00:00:aa", "dev", "in0", "nud", "permanent");
        foreach (IPv4Address remote in new[] { Remote, Other })
        {
            _ = router.Ip("neigh", "add", $"{remote}", "lladdr", "02:00:00:00:00:bb", "dev", "out0", "nud", "permanent");
        }

        foreach (string rule in Rules)
        {
            _ = router.Run("nft", rule).Required();
        }

        // A connection begins with a SYN here as there.
        _ = router.Run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.netfilter.nf_conntrack_tcp_loose=0", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.in0.rp_filter=0", "net.ipv4.conf.out0.rp_filter=0").Required();
    }

    private static bool[] Judge(NetNamespace ends, (ServiceDirection Direction, byte[] Frame, string What)[] packets)
    {
        string folder = Directory.CreateTempSubdirectory("weft-kernel-agreement-").FullName;
        try
        {
            string script = Path.Combine(folder, "packets.txt");
            File.WriteAllLines(script, packets.Select((packet, at) => $"{at} {(packet.Direction == ServiceDirection.FromMachine ? 'm' : 'r')} {Convert.ToHexString(packet.Frame)}"));
            string markers = $"{Marker(Udp(Machine, Always, Remote, Always))} {Marker(Udp(Remote, Always, Machine, Always))}";
            CommandResult result = ends.Run(TimeSpan.FromMinutes(5), "sh", "-c", $"exec /usr/bin/python3 '{Repository.File("conformance/Services/conntrack-judge.py")}' m0 r0 {markers} < '{script}'").Required();
            string[] judged = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(packets.Length, judged.Length);
            return [.. judged.Select(line => line.EndsWith("pass", StringComparison.Ordinal))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Without a checksum, because its content changes.</summary>
    private static string Marker(byte[] frame)
    {
        (frame[40], frame[41]) = (0, 0);
        return Convert.ToHexString(frame);
    }

    /// <summary>Connections and questions of a few endpoints, each step of which follows what went before, and packets that belong to none.</summary>
    private sealed class Conversations(Random random)
    {
        private readonly Dictionary<(bool Out, ushort Port, ushort To), Course> _courses = [];

        public IEnumerable<(ServiceDirection Direction, byte[] Frame, string What)> Take(int count)
        {
            for (int i = 0; i < count; i++)
            {
                yield return random.Next(4) switch { 0 => Datagram(), 1 => Stray(), _ => Segment() };
            }
        }

        private (ServiceDirection Direction, byte[] Frame, string What) Datagram()
        {
            ushort port = (ushort)random.Next(1, 6), to = random.Next(3) == 0 ? (ushort)54 : (ushort)53;
            return random.Next(3) switch
            {
                0 => (ServiceDirection.FromMachine, Udp(Machine, port, Remote, to), $"UDP out {port} to {to}"),
                1 => (ServiceDirection.ToMachine, Udp(Remote, to, Machine, port), $"UDP in {to} to {port}"),
                _ => (ServiceDirection.ToMachine, Unreachable(Remote, Machine, Udp(Machine, port, Remote, to), quoted: 48), $"unreachable about UDP {port} to {to}"),
            };
        }

        /// <summary>What belongs to no connection that anybody opens here.</summary>
        private (ServiceDirection Direction, byte[] Frame, string What) Stray()
        {
            TcpFlags flags = random.Next(3) switch { 0 => TcpFlags.Ack, 1 => TcpFlags.Syn | TcpFlags.Ack, _ => TcpFlags.Fin | TcpFlags.Ack };
            ushort port = (ushort)random.Next(500, 510);
            return random.Next(2) == 0
                ? (ServiceDirection.FromMachine, Tcp(Machine, port, Other, 80, flags, 1, 1), $"stray {flags} out {port}")
                : (ServiceDirection.ToMachine, Tcp(Other, 80, Machine, port, flags, 1, 1), $"stray {flags} in {port}");
        }

        private (ServiceDirection Direction, byte[] Frame, string What) Segment()
        {
            bool isOut = random.Next(2) == 0;
            ushort port = (ushort)random.Next(1000, 1006), to = random.Next(4) == 0 ? (ushort)81 : isOut ? (ushort)80 : (ushort)22;
            if (!_courses.TryGetValue((isOut, port, to), out Course? course))
            {
                _courses[(isOut, port, to)] = course = new Course();
            }

            return course.Stage switch
            {
                0 => Speak(course, isOut, port, to, opener: true, TcpFlags.Syn, 0, next: 1),
                1 => Speak(course, isOut, port, to, opener: false, TcpFlags.Syn | TcpFlags.Ack, 0, next: 2),
                2 => Speak(course, isOut, port, to, opener: true, TcpFlags.Ack, 0, next: 3),
                _ => Speak(course, isOut, port, to, opener: random.Next(2) == 0, TcpFlags.Ack, random.Next(0, 40), next: 3),
            };
        }

        private static (ServiceDirection Direction, byte[] Frame, string What) Speak(Course course, bool isOut, ushort port, ushort to, bool opener, TcpFlags flags, int payload, int next)
        {
            ref uint own = ref opener ? ref course.Opener : ref course.Other;
            uint acknowledged = flags == TcpFlags.Syn ? 0 : opener ? course.Other : course.Opener;
            bool fromMachine = isOut == opener;
            IPv4Address from = fromMachine ? Machine : Remote, target = fromMachine ? Remote : Machine;
            byte[] frame = Tcp(from, opener ? port : to, target, opener ? to : port, flags, own, acknowledged, payload);
            own += (uint)payload + ((flags & TcpFlags.Syn) != 0 ? 1u : 0);
            course.Stage = next;
            return (fromMachine ? ServiceDirection.FromMachine : ServiceDirection.ToMachine, frame, $"{flags} with {payload} octets {(fromMachine ? "out" : "in")} of {port} to {to}, opened {(isOut ? "out" : "in")}");
        }

        private sealed class Course
        {
            public uint Opener = 1000;
            public uint Other = 5000;

            public int Stage { get; set; }
        }
    }
}
