using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weft.Conformance.Support;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>The list of requirements run against the kernel's own NAT: nftables' masquerade between namespaces, with its defaults.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class KernelNatTests : IDisposable
{
    private const int Patience = 2000;
    private static readonly IPAddress First = IPAddress.Parse("198.51.100.2");
    private static readonly IPAddress Second = IPAddress.Parse("198.51.100.3");
    private static readonly IPAddress Public = IPAddress.Parse("198.51.100.1");

    private readonly List<Socket> _sockets = [];
    private NetNamespace _one = null!;
    private NetNamespace _two = null!;
    private NetNamespace _router = null!;
    private NetNamespace _server = null!;

    [Fact]
    public void The_kernels_nat_answers_the_same_list_as_the_table_says()
    {
        LiveRequirements.Need("nft", "conntrack", "sysctl", "ping");
        Build();
        KernelFinding[] found = [.. Ask()];
        if (Environment.GetEnvironmentVariable("WEFT_GOLDEN") == "write")
        {
            KernelFinding.Write(found);
            Assert.Fail("kernel-nat.tsv was written; read it, then run without WEFT_GOLDEN");
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', found.AsEnumerable()));
        Assert.All(found, finding => Assert.Contains(NatRequirement.All, row => row.Name == finding.Requirement));

        // Timers are settings that another machine may have changed; what was observed of packets is the kernel's nature.
        Assert.Equal(Observed(KernelFinding.Read()), Observed(found));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _one?.Dispose();
        _two?.Dispose();
        _router?.Dispose();
        _server?.Dispose();
    }

    private static IEnumerable<(string, string)> Observed(IEnumerable<KernelFinding> findings) =>
        findings.Where(finding => !finding.Observed.Contains(" s", StringComparison.Ordinal)).Select(finding => (finding.Requirement, finding.Verdict));

    private void Build()
    {
        (_one, _two, _router, _server) = (NetNamespace.Create(), NetNamespace.Create(), NetNamespace.Create(), NetNamespace.Create());
        _one.AddVeth("in", _router, "one");
        _two.AddVeth("in", _router, "two");
        _server.AddVeth("in", _router, "out");
        _one.AddAddress("in", "10.1.0.2/24");
        _two.AddAddress("in", "10.2.0.2/24");
        _router.AddAddress("one", "10.1.0.1/24");
        _router.AddAddress("two", "10.2.0.1/24");
        _router.AddAddress("out", "198.51.100.1/24");
        _server.AddAddress("in", "198.51.100.2/24");
        _server.AddAddress("in", "198.51.100.3/24");
        _ = _one.Ip("route", "add", "default", "via", "10.1.0.1");
        _ = _two.Ip("route", "add", "default", "via", "10.2.0.1");
        _ = _router.Run("sysctl", "-qw", "net.ipv4.ip_forward=1").Required();
        _ = _router.Run("nft", "add table ip nat").Required();
        _ = _router.Run("nft", "add chain ip nat post { type nat hook postrouting priority 100 ; }").Required();
        _ = _router.Run("nft", "add chain ip nat pre { type nat hook prerouting priority -100 ; }").Required();
        _ = _router.Run("nft", "add rule ip nat post oifname out masquerade").Required();
    }

    private IEnumerable<KernelFinding> Ask()
    {
        Socket one = Udp(_one, "10.1.0.2", 5000);
        Socket two = Udp(_two, "10.2.0.2", 5000);
        Socket first = Udp(_server, "198.51.100.2", 7000);
        Socket second = Udp(_server, "198.51.100.3", 7000);
        int? oneToFirst = Send(one, first);
        int? twoToSecond = Send(two, second);
        int? twoToFirst = Send(two, first);
        int? oneToSecond = Send(one, second);
        yield return new("RFC 4787 REQ-1", twoToFirst == twoToSecond && oneToFirst == oneToSecond ? "yes" : "no",
            "a machine gets another port towards a remote where its own is taken");
        yield return new("RFC 4787 REQ-3", twoToSecond != oneToFirst ? "yes" : "no", "two machines have one port, towards different remotes");

        Socket low = Udp(_one, "10.1.0.2", 700);
        yield return new("RFC 4787 REQ-3a", Send(low, first) < 1024 ? "yes" : "no", "the machine's own port is kept where it can be");
        yield return Timer("RFC 4787 REQ-5", "nf_conntrack_udp_timeout", 120);

        Socket stranger = Udp(_server, "198.51.100.3", 7001);
        bool fromStranger = Arrives(stranger, new IPEndPoint(Public, oneToFirst ?? 0), one);
        Socket otherPort = Udp(_server, "198.51.100.2", 7001);
        bool fromOtherPort = Arrives(otherPort, new IPEndPoint(Public, oneToFirst ?? 0), one);
        yield return new("RFC 4787 REQ-8", fromStranger || fromOtherPort ? "yes" : "no", "only the remote's own address and port may answer");

        Socket hidden = Udp(_two, "10.2.0.2", 5300);
        int? hiddenPort = Send(hidden, first);
        yield return new("RFC 4787 REQ-9, 9a", Arrives(one, new IPEndPoint(Public, hiddenPort ?? 0), hidden) ? "yes" : "no", "a packet to another machine's public endpoint is not turned round");

        int? again = null;
        bool told = IsRefused(_one, new IPEndPoint(First, 9));
        again = Send(one, first);
        yield return new("RFC 4787 REQ-12, 12a", again == oneToFirst ? "yes" : "no", "the mapping is there after an error");
        yield return new("RFC 5508 REQ-4", told ? "yes" : "no", "an error reaches the socket that met it");
        yield return new("RFC 4787 REQ-14", FragmentsArrive(first) ? "yes" : "no", "fragments that come last first arrive as one datagram");

        yield return new("RFC 5382 REQ-4, 4a", AnswersSynAtOnce() ? "no" : "yes", "an unsolicited SYN is answered at once, with a RST");
        yield return Timer("RFC 5382 REQ-5, 5a", "nf_conntrack_tcp_timeout_syn_sent", 240);
        yield return new("RFC 5508 REQ-1, 1a", _one.Run("ping", "-c", "1", "-W", "5", "198.51.100.2").Succeeded ? "yes" : "no", "queries pass");
        yield return Timer("RFC 5508 REQ-2, 2a", "nf_conntrack_icmp_timeout", 60);

        // A block of eight ports, as a host of a distributed NAT would have.
        _ = _router.Run("nft", "flush chain ip nat post").Required();
        _ = _router.Run("nft", "add rule ip nat post oifname out meta l4proto udp snat to 198.51.100.1:2048-2055").Required();
        _ = _router.Run("conntrack", "-F");
        int served = Enumerable.Range(0, 8).Count(i => Send(Udp(_one, "10.1.0.2", 6000 + i), first, Patience / 4) is not null);
        yield return new("RFC 6888 REQ-13", served == 8 ? "yes" : "in part", "all of a block of eight ports; of large ranges all but a few");
        yield return new("RFC 6888 REQ-11", RefusesWithError(first) ? "yes" : "no", "a flow without a port is dropped in silence");
        yield return new("RFC 6888 REQ-8", ReusesAtOnce(first) ? "no" : "yes", "a port that was given back is used again at once");
    }

    private KernelFinding Timer(string requirement, string setting, int least)
    {
        int seconds = int.Parse(_router.Run("sysctl", "-n", "net.netfilter." + setting).Required().Output.Trim(), CultureInfo.InvariantCulture);
        return new KernelFinding(requirement, seconds >= least ? "yes" : "no", $"{seconds} s ({setting})");
    }

    private Socket Udp(NetNamespace space, string address, int port) => Keep(space.Invoke(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = Patience };
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
        return socket;
    }));

    private Socket Keep(Socket socket)
    {
        _sockets.Add(socket);
        return socket;
    }

    /// <summary>Sends a packet, and tells from which public port it arrives; null if it does not.</summary>
    private static int? Send(Socket from, Socket to, int patience = Patience)
    {
        byte[] content = Guid.NewGuid().ToByteArray();
        _ = from.SendTo(content, to.LocalEndPoint!);
        return Receive(to, content, patience)?.Port;
    }

    private static bool Arrives(Socket from, IPEndPoint at, Socket to)
    {
        byte[] content = Guid.NewGuid().ToByteArray();
        _ = from.SendTo(content, at);
        return Receive(to, content, Patience / 2) is not null;
    }

    private static IPEndPoint? Receive(Socket socket, byte[] content, int patience)
    {
        byte[] buffer = new byte[2048];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        socket.ReceiveTimeout = patience;
        try
        {
            while (true)
            {
                int length = socket.ReceiveFrom(buffer, ref from);
                if (buffer.AsSpan(0, length).SequenceEqual(content))
                {
                    return (IPEndPoint)from;
                }
            }
        }
        catch (SocketException)
        {
            return null; // nothing came, or an error did
        }
    }

    private bool IsRefused(NetNamespace space, IPEndPoint closed)
    {
        Socket socket = Keep(space.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = Patience }));
        socket.Connect(closed);
        _ = socket.Send(new byte[4]);
        try
        {
            _ = socket.Receive(new byte[4]);
            return false;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    private bool FragmentsArrive(Socket to)
    {
        byte[] datagram = NatTestBed.Udp(IPv4Address.Parse("10.1.0.2"), 5001, IPv4Address.Parse("198.51.100.2"), 7000, payload: 60);

        // This protocol means that the header comes with the packet.
        Socket raw = Keep(_one.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw)));
        foreach (byte[] fragment in Fragments(datagram, 24, 99).Reverse())
        {
            _ = raw.SendTo(fragment, new IPEndPoint(First, 0));
        }

        return Receive(to, datagram[28..], Patience) is not null;
    }

    private bool AnswersSynAtOnce()
    {
        Socket socket = Keep(_server.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)));
        try
        {
            return !socket.ConnectAsync(new IPEndPoint(Public, 4444)).Wait(TimeSpan.FromSeconds(5));
        }
        catch (AggregateException)
        {
            return true;
        }
    }

    private bool RefusesWithError(Socket to)
    {
        Socket ninth = Keep(_one.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = Patience }));
        ninth.Connect(to.LocalEndPoint!);
        try
        {
            _ = ninth.Send(new byte[4]);
            _ = ninth.Receive(new byte[4]);
            return false;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode is SocketError.HostUnreachable or SocketError.ConnectionRefused or SocketError.AccessDenied;
        }
    }

    private bool ReusesAtOnce(Socket to)
    {
        _ = _router.Run("conntrack", "-D", "-p", "udp");
        return Enumerable.Range(0, 8).Any(i => Send(Udp(_one, "10.1.0.2", 6100 + i), to, Patience / 4) is not null);
    }
}
