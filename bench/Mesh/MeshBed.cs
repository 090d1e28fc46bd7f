using System.Buffers.Binary;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.Bench.Mesh;

/// <summary>A mesh of 4,096 services, connections to them, and segments that go on with them.</summary>
internal sealed class MeshBed : IDisposable
{
    public const int LeastBytes = 60;
    private const int Machines = 257;
    private const int PortsPerMachine = 16;
    private const int FirstPort = 8000;

    private readonly int[] _order;

    public MeshBed(int flows)
    {
        var builder = new MeshPlanBuilder(new LoopbackPool());
        for (int machine = 0; machine < Machines; machine++)
        {
            _ = builder.Add(new MeshMachine
            {
                Id = new MachineId(machine),
                Name = $"m{machine}",
                Identity = SpiffeId.Parse($"spiffe://bench/m{machine}"),
                Addresses = [IPv6Address.MapIPv4(AddressOf(machine))],
                Tunnel = new MeshEndpoint(AddressOf(machine), 15443),
                Ports = [.. Enumerable.Range(FirstPort, PortsPerMachine).Select(port => new MeshPort((ushort)port, IpProtocol.Tcp))],
            });
        }

        MeshPlan plan = builder.Build(new MachineId(0));
        Translator = new MeshTranslator(plan, new MeshTranslatorOptions { Seed = new HashSeed(1, 2), IPv4Flows = flows, IPv6Flows = 16 });
        Flows = flows;
        _order = [.. Enumerable.Range(0, flows)];
        new Random(1).Shuffle(_order);
        byte[] packet = new byte[LeastBytes];
        for (int flow = 0; flow < flows; flow++)
        {
            Write(packet, flow, TcpFlags.Syn);
            PacketLayout layout = LayoutOf(packet);
            if (!Translator.Process(packet, in layout, MeshSide.Application, Timestamp.Zero).IsNew)
            {
                throw new InvalidOperationException("A connection was not opened: the figures would mean nothing.");
            }

            Answer(packet);
        }
    }

    /// <summary>How many connections there are.</summary>
    public int Flows { get; }

    /// <summary>The engine, which has all of them.</summary>
    public MeshTranslator Translator { get; }

    public static PacketLayout LayoutOf(ReadOnlySpan<byte> packet)
    {
        _ = PacketLayout.TryParseNetwork(packet, EtherType.IPv4, out PacketLayout layout);
        return layout;
    }

    /// <summary>A segment of the connection that comes at a place of a random order.</summary>
    public void WriteShuffled(Span<byte> packet, int place) => Write(packet, _order[place % Flows], TcpFlags.Ack);

    public void Dispose() => Translator.Dispose();

    /// <summary>The agent answers, so that the connection is established.</summary>
    private void Answer(byte[] packet)
    {
        PacketLayout layout = LayoutOf(packet);
        _ = FlowKey4.TryRead(packet, in layout, out FlowKey4 key);
        Write(packet, key.Destination, key.DestinationPort, key.Source, key.SourcePort, TcpFlags.Syn | TcpFlags.Ack);
        if (Translator.Process(packet, in layout, MeshSide.Agent, Timestamp.Zero).Action != MeshAction.Unredirected)
        {
            throw new InvalidOperationException("A connection was not established: the figures would mean nothing.");
        }
    }

    private static IPv4Address AddressOf(int machine) => new(0x0A00_0001u + (uint)machine);

    private static void Write(Span<byte> packet, int flow, TcpFlags flags)
    {
        const int Services = (Machines - 1) * PortsPerMachine;
        int service = flow % Services;
        IPv4Address destination = AddressOf(1 + (service / PortsPerMachine));
        Write(packet, AddressOf(0), (ushort)(1024 + (flow / Services)), destination, (ushort)(FirstPort + (service % PortsPerMachine)), flags);
    }

    private static void Write(Span<byte> packet, IPv4Address source, ushort sourcePort, IPv4Address destination, ushort destinationPort, TcpFlags flags)
    {
        packet.Clear();
        Span<byte> segment = packet[20..];
        _ = new TcpHeader { SourcePort = sourcePort, DestinationPort = destinationPort, Flags = flags, Window = 1000 }.Write(segment);
        ushort checksum = InternetChecksum.Compute(segment, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, segment.Length));
        BinaryPrimitives.WriteUInt16BigEndian(segment[16..], checksum);
        _ = new IPv4Header { Source = source, Destination = destination, Protocol = IpProtocol.Tcp, PayloadLength = segment.Length, DontFragment = true }.Write(packet);
    }
}
