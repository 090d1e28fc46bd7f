using System.Buffers.Binary;
using Weft.Bench.Nat;
using Weft.Bench.Ratios;
using Weft.Packets;
using Weft.Services;

namespace Weft.Bench.Services;

/// <summary>
/// Packets of known flows through connection tracking and a stateful firewall, beside the same packets through a network namespace of the kernel, with its connection
/// tracking and a filter of nftables that says the same. What the sender and the way into the namespace cost is taken off: a second namespace drops
/// the packets as they come in.
/// </summary>
/// <remarks>
/// For the walk through a service node the same two namespaces serve: give <see cref="KernelNat.TryCreate"/> the rules of source NAT, and put a VXLAN device between the
/// router and its "in" link, to which the sender then sends tunnel packets.
/// </remarks>
public sealed class ServiceKernelRatio : IRatio
{
    private const int Burst = 64;
    private const int Flows = 16_384;

    private static readonly string[] Filter =
    [
        "add table ip filter",
        "add chain ip filter forward { type filter hook forward priority 0 ; policy drop ; }",
        "add rule ip filter forward ct state established accept",
        "add rule ip filter forward ct state new udp dport 443 accept",
    ];

    private static readonly string[] DropAtOnce = ["add table netdev early", "add chain netdev early in { type filter hook ingress device in priority 0 ; policy drop ; }"];

    private readonly ServiceResult[] _results = new ServiceResult[Burst];
    private PacketBatch[] _bursts = [];
    private ServiceSet? _set;
    private KernelNat? _kernel;
    private int _passes;

    /// <inheritdoc/>
    public string Package => "Services";

    /// <inheritdoc/>
    public string Name => $"connection tracking and firewall for each packet of {Flows} flows";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "the kernel: a namespace that forwards, with nftables and its connection tracking";

    /// <inheritdoc/>
    public double Goal => 0.05;

    /// <inheritdoc/>
    public Statistic Statistic => Statistic.Median;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _passes = shortRun ? 2 : 20;
        var catalog = new ServiceCatalog();
        catalog.Define<ConnectionTracker, ConnectionState>("connections", _ => new ConnectionTracker(new ConnectionTrackerOptions()));
        catalog.Define<Firewall, FirewallState>("firewall", _ => new Firewall(new FirewallPolicy(
            [new FirewallRule { Name = "web", Action = FirewallAction.Allow, Protocol = IpProtocol.Udp, FirstPort = 443, LastPort = 443 }], FirewallAction.Drop)));
        _set = new ServiceSet(
            new ServiceSetOptions { Machine = new MachineId(1), Services = ["connections", "firewall"], Seed = new HashSeed(1, 2), Start = ServiceBenchBed.Start, IPv4Flows = Flows * 2 },
            catalog);
        byte[] frame = new byte[60];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)EtherType.IPv4);
        _bursts = new PacketBatch[Flows / Burst];
        for (int i = 0; i < _bursts.Length; i++)
        {
            _bursts[i] = new PacketBatch(Burst, maxFrameBytes: 64, headroomBytes: 0);
            for (int packet = 0; packet < Burst; packet++)
            {
                // As the sender of the kernel's packets has them.
                int flow = i * Burst + packet;
                _ = new IPv4Header { Source = new IPv4Address(0x0A00_0002u + (uint)flow), Destination = new IPv4Address(0x6400_0001), Protocol = IpProtocol.Udp, PayloadLength = 26, DontFragment = true }.Write(frame.AsSpan(14));
                _ = new UdpHeader((ushort)(1024 + flow), 443, 18, 0x1234).Write(frame.AsSpan(34));
                _ = _bursts[i].TryAdd(frame);
            }
        }

        _ = Pass();
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _kernel = KernelNat.TryCreate(out string? whyNot, Filter, DropAtOnce);
        _ = _kernel?.Flood(translate: true, 0, Flows, oneRemote: true);
        return whyNot;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        long start = ThreadClock.Nanoseconds;
        ulong forwarded = 0;
        for (int pass = 0; pass < _passes; pass++)
        {
            forwarded = Pass();
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / _passes / Flows, forwarded);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        double dropped = _kernel!.Flood(translate: false, 0, Flows, oneRemote: true);
        double forwarded = _kernel.Flood(translate: true, 0, Flows, oneRemote: true);
        return new Sample(forwarded - dropped, (ulong)Math.Min(Flows, _kernel.Flows()));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _set?.Dispose();
        _kernel?.Dispose();
    }

    private ulong Pass()
    {
        ulong forwarded = 0;
        foreach (PacketBatch burst in _bursts)
        {
            PacketBatch packets = burst;
            _set!.Process(ref packets, ServiceDirection.FromMachine, _results, ServiceBenchBed.Start);
            forwarded += (ulong)_results.AsSpan().Count(_results[0]) * (_results[0].Action == ServiceAction.Forward ? 1UL : 0);
        }

        return forwarded;
    }
}
