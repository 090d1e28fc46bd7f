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
        var bursts = new PacketBatch[Flows / Burst];
        byte[] frame = new byte[60];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)EtherType.IPv4);
        var results = new ServiceResult[Burst];
        for (int i = 0; i < bursts.Length; i++)
        {
            bursts[i] = new PacketBatch(Burst, maxFrameBytes: 64, headroomBytes: 0);
            for (int packet = 0; packet < Burst; packet++)
            {
                int flow = i * Burst + packet;
                _ = new IPv4Header { Protocol = IpProtocol.Udp, TimeToLive = 64, PayloadLength = 20, Source = new IPv4Address(0x0A000001), Destination = new IPv4Address(0xC6336400 + (uint)(flow & 0xFF)) }.Write(frame.AsSpan(14));
                _ = new UdpHeader((ushort)(1024 + (flow >> 8)), 53, 12).Write(frame.AsSpan(34));
                _ = bursts[i].TryAdd(frame);
            }

            PacketBatch burst = bursts[i];
            set.Process(ref burst, ServiceDirection.FromMachine, results, Start);
        }

        return (set, bursts);
    }
}
