using System.Buffers.Binary;
using Weft.Packets;
using Weft.Services;

namespace Weft.Bench.Services;

/// <summary>A set with counting services, and bursts of packets of flows that it knows.</summary>
internal static class ServiceBenchBed
{
    private const int Flows = 4096;
    private const int Burst = 64;

    public static readonly Timestamp Start = Timestamp.FromSeconds(1);

    public static (ServiceSet Set, PacketBatch[] Bursts) Make(int services)
    {
        var catalog = new ServiceCatalog();
        string[] names = [.. Enumerable.Range(0, services).Select(i => $"count{i}")];
        foreach (string name in names)
        {
            catalog.Define<Count, CountState>(name, _ => default);
        }

        var set = new ServiceSet(new ServiceSetOptions { Machine = new MachineId(1), Services = names, Seed = new HashSeed(1, 2), Start = Start, IPv4Flows = Flows }, catalog);
        PacketBatch[] bursts = Bursts(Flows);
        var results = new ServiceResult[Burst];
        foreach (PacketBatch packets in bursts)
        {
            PacketBatch burst = packets;
            set.Process(ref burst, ServiceDirection.FromMachine, results, Start);
        }

        return (set, bursts);
    }

    /// <summary>A set that tracks connections and has a firewall.</summary>
    public static ServiceSet WithTracking(int flows, FlowTimeouts? timeouts = null)
    {
        var catalog = new ServiceCatalog();
        catalog.Define<ConnectionTracker, ConnectionState>("connections", _ => new ConnectionTracker(new ConnectionTrackerOptions()));
        catalog.Define<Firewall, FirewallState>("firewall", _ => new Firewall(new FirewallPolicy([], FirewallAction.Allow)));
        return new ServiceSet(
            new ServiceSetOptions { Machine = new MachineId(1), Services = ["connections", "firewall"], Seed = new HashSeed(1, 2), Start = Start, IPv4Flows = flows, Timeouts = timeouts ?? new FlowTimeouts() },
            catalog);
    }

    /// <summary>One packet of each of so many flows, in bursts; the last one may be shorter.</summary>
    public static PacketBatch[] Bursts(int flows)
    {
        var bursts = new PacketBatch[(flows + Burst - 1) / Burst];
        byte[] frame = new byte[60];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)EtherType.IPv4);
        for (int i = 0; i < bursts.Length; i++)
        {
            bursts[i] = new PacketBatch(Burst, maxFrameBytes: 64, headroomBytes: 0);
            for (int flow = i * Burst; flow < Math.Min(flows, (i + 1) * Burst); flow++)
            {
                _ = new IPv4Header { Protocol = IpProtocol.Udp, TimeToLive = 64, PayloadLength = 20, Source = new IPv4Address(0x0A000001), Destination = new IPv4Address(0xC6336400 + (uint)(flow & 0xFF)) }.Write(frame.AsSpan(14));
                _ = new UdpHeader((ushort)(1024 + (flow >> 8)), 53, 12).Write(frame.AsSpan(34));
                _ = bursts[i].TryAdd(frame);
            }
        }

        return bursts;
    }
}
